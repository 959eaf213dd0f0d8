import { ofBody } from "./body.ts";
import { ofOneField } from "./fields.ts";
import { isKnownMethod } from "./methods.ts";
import { ofPath } from "./path.ts";
import { ofMethod, ofTarget } from "./protocol.ts";
import { ofQuery } from "./query.ts";
import { BIT } from "./signal.ts";

/** Header fields: Fetch's, pairs, or names and values by turns as `node:http`'s `rawHeaders`. */
export type SeenFields =
  | Iterable<readonly [string, string]>
  | readonly string[];

/** A request as it arrives, before anybody has repaired anything. */
export interface SeenRequest {
  /** As sent; methods are case-sensitive. */
  method: string;
  /** Path and query as sent, or whatever else the request line held. */
  target: string;
  headers: SeenFields;
  /** Such as `HTTP/1.1`. */
  protocol?: string;
  /** A form or JSON, where whoever calls has read it anyway; its first 64 KiB are looked at. */
  body?: string;
  /** Its media type; without it, what the fields say. */
  bodyType?: string;
  /** Whether a host, in lower case, is one of this server's; null where that is not known. */
  isOurs?: (host: string) => boolean | null;
  /** What remembers what this target shows; it belongs to no other. */
  memory?: TargetMemory;
}

/** What a path with its query showed, and for which host. */
export interface TargetMemory {
  /** -1 where nobody has looked yet. */
  shown: number;
  shownFor: string | undefined;
}

/** What is looked at of a target. */
const MOST_TARGET = 16_384;
/** What is looked at of all fields together. */
const MOST_FIELDS = 65_536;

/**
 * What is seen in a request, as a mask of {@linkcode SIGNALS}; 0 for the innocent. Takes time in
 * proportion to what it looks at, and never throws.
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

/** What a request's fields show, and what else depends on them. */
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
    // Going through a Headers object by its iterator costs several times as much
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

/** Whether fields are names and values by turns. */
function isFlat(headers: SeenFields): headers is readonly string[] {
  return Array.isArray(headers) && typeof headers[0] === "string";
}

/** Whether a method is one of those that keep files: WebDAV's and `PUT`. */
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

/** {@linkcode ofWhole}, or what is remembered of it: a path shows the same every time. */
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
