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
    found |= ofWhole(
      target,
      fields.host,
      isKeeping(seen.method),
      seen.isOurs,
    );
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
    let name: string | undefined;
    for (const item of headers) {
      if (typeof item !== "string") this.#read(item[0], item[1]);
      else if (name === undefined) name = item;
      else {
        this.#read(name, item);
        name = undefined;
      }
    }
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

function ofWhole(
  target: string,
  host: string | undefined,
  isKept: boolean,
  isOurs: SeenRequest["isOurs"],
): number {
  const form = ofTarget(target, host, isOurs);
  const start = form === 0 && target.charCodeAt(0) === 0x2f
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
