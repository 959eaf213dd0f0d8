import { decodePath } from "../base/decode_path.ts";
import { type Injection, injectionIn } from "./injections.ts";
import { isKnownMethod } from "./methods.ts";
import { compileProbePaths } from "./probe_paths.ts";
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
  /** A form or JSON, where whoever calls has read it anyway. */
  body?: string;
  /** Its media type; without it, what the fields say. */
  bodyType?: string;
}

const OF_KIND: Record<Injection, number> = {
  traversal: BIT.lfi,
  SQL: BIT.sqli,
  script: BIT.xss,
  template: BIT.code,
  shell: BIT.rce,
};

const isProbe = compileProbePaths();

/** What is seen in a request, as a mask of {@linkcode SIGNALS}; 0 for the innocent. */
export function signalsOf(seen: SeenRequest): number {
  let mask = ofMethod(seen.method) | ofTarget(seen.target);
  for (const [, value] of fields(seen.headers)) mask |= ofText(value);
  if (seen.body !== undefined) mask |= ofText(seen.body);
  return mask;
}

function ofMethod(method: string): number {
  if (method === "CONNECT") return BIT.proxy;
  return isKnownMethod(method) ? 0 : BIT.protocol;
}

function ofTarget(target: string): number {
  const path = target.split("?", 1)[0]!;
  return ofText(target) | (isProbe(path) ? BIT.probe : 0);
}

function ofText(text: string): number {
  const kind = injectionIn(text);
  if (kind === null) return 0;
  const isNaming = decodePath(text).toLowerCase().includes("jndi:");
  return OF_KIND[kind] | (isNaming ? BIT.jndi : 0);
}

function* fields(headers: SeenFields): Iterable<readonly [string, string]> {
  let name: string | undefined;
  for (const item of headers) {
    if (typeof item !== "string") yield item;
    else if (name === undefined) name = item;
    else {
      yield [name, item];
      name = undefined;
    }
  }
}
