import { ofBody } from "./body.ts";
import { ofOneField } from "./fields.ts";
import { isKnownMethod } from "./methods.ts";
import { ofPath } from "./path.ts";
import { ofMethod, ofTarget } from "./protocol.ts";
import { ofQuery } from "./query.ts";
import { BIT } from "./signal.ts";

/**
 * Header fields: Fetch's, pairs, or alternating names and values as in `node:http`'s `rawHeaders`.
 */
export type SeenFields =
  | Iterable<readonly [string, string]>
  | readonly string[];

/** A request as it arrives, before any normalization. */
export interface SeenRequest {
  /** As sent; methods are case-sensitive. */
  method: string;
  /** Path and query as sent, or whatever else the request line contains. */
  target: string;
  headers: SeenFields;
  /** Such as `HTTP/1.1`. */
  protocol?: string;
  /** A form or JSON, if the caller has read it anyway; its first 64 KiB are read. */
  body?: string;
  /** Its media type; by default that of the fields. */
  bodyType?: string;
  /** Whether a host, in lower case, is one of this server's; null if unknown. */
  isOurs?: (host: string) => boolean | null;
  /** The cache of this target's signals, and of no other's. */
  memory?: TargetMemory;
}

/** The signals of a path with its query, and the host they are for. */
export interface TargetMemory {
  /** -1 if not known yet. */
  shown: number;
  shownFor: string | undefined;
}

/** The part of a target that is read. */
const MOST_TARGET = 16_384;
/** The part of all fields together that is read. */
const MOST_FIELDS = 65_536;

/**
 * The signals of a request, as a mask of {@linkcode SIGNALS}; 0 without any. Takes time in
 * proportion to what it reads, and never throws.
 *
 * @example
 * ```ts
 * import { signalNames } from "./signal.ts";
 * import { signalsOf } from "./signals.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const seen = { method: "GET", target: "/?id=1'+or+1=1--", headers: [] };
 * assertEquals(signalNames(signalsOf(seen)), ["sqli"]);
 * ```
 */
export function signalsOf(seen: SeenRequest): number {
  const target = seen.target.length > MOST_TARGET
    ? seen.target.slice(0, MOST_TARGET)
    : seen.target;
  const fields = new Fields(target);
  fields.readAll(seen.headers);
  let found = ofMethod(seen.method) | ofProtocol(seen.protocol) | fields.found;
  if (seen.method !== "CONNECT") {
    found |= isKeeping(seen.method)
      ? ofWhole(target, fields.host, true, seen.isOurs)
      : ofRead(target, fields.host, seen);
  }
  if (seen.body !== undefined && seen.body !== "") {
    found |= ofBody(seen.body, seen.bodyType ?? fields.type ?? "");
  }
  return found;
}

/** The signals of a request's fields, and the values that later steps need. */
class Fields {
  found = 0;
  host: string | undefined;
  type: string | undefined;
  #left = MOST_FIELDS;
  readonly #target: string;

  constructor(target: string) {
    this.#target = target;
  }

  readAll(headers: SeenFields): void {
    // Iterating a Headers object costs several times as much
    if (headers instanceof Headers) {
      headers.forEach((value, name) => this.#read(name, value));
      return;
    }
    if (isFlat(headers)) {
      for (let i = 0; i + 1 < headers.length; i += 2) {
        this.#read(headers[i]!, headers[i + 1]!);
      }
      return;
    }
    for (const [name, value] of headers) this.#read(name, value);
  }

  #read(name: string, value: string): void {
    this.#left -= value.length;
    const read = this.#left < 0
      ? value.slice(0, Math.max(0, this.#left + value.length))
      : value;
    this.found |= ofOneField(name, read, this.#target, this.host);
    if (name.length === 4) {
      if (name.toLowerCase() === "host") this.host = value;
    } else if (name.length === 12 && name.toLowerCase() === "content-type") {
      this.type = value;
    }
  }
}

/** Whether fields are alternating names and values. */
function isFlat(headers: SeenFields): headers is readonly string[] {
  return Array.isArray(headers) && typeof headers[0] === "string";
}

/** Whether a method stores files: WebDAV's and `PUT`. */
function isKeeping(method: string): boolean {
  switch (method) {
    case "GET":
    case "POST":
    case "HEAD":
    case "OPTIONS":
      return false;
  }
  return method === "PUT" || isKnownMethod(method);
}

/** {@linkcode ofWhole}, or its cached result: a target always has the same signals. */
function ofRead(
  target: string,
  host: string | undefined,
  { isOurs, memory }: SeenRequest,
): number {
  if (memory === undefined || target.charCodeAt(0) !== SLASH) {
    return ofWhole(target, host, false, isOurs);
  }
  if (memory.shown < 0 || memory.shownFor !== host) {
    memory.shown = ofWhole(target, host, false, isOurs);
    memory.shownFor = host;
  }
  return memory.shown;
}

const SLASH = 0x2f;

function ofWhole(
  target: string,
  host: string | undefined,
  isKept: boolean,
  isOurs: SeenRequest["isOurs"],
): number {
  const form = ofTarget(target, host, isOurs);
  const start = form === 0 && target.charCodeAt(0) === SLASH
    ? 0
    : Math.max(0, target.indexOf("/", target.indexOf("://") + 3));
  const query = target.indexOf("?");
  if (query < 0) return form | ofPath(target.slice(start), isKept);
  return form |
    ofPath(target.slice(start, Math.max(start, query)), isKept) |
    ofQuery(target.slice(query + 1), host);
}

function ofProtocol(protocol: string | undefined): number {
  return protocol === undefined ||
      /^HTTP\/(?:0\.9|1\.[01]|2(?:\.0)?|3(?:\.0)?)$/.test(protocol)
    ? 0
    : BIT.protocol;
}
