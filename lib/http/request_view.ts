import type { SeenTarget } from "./seen_target.ts";

/**
 * Header fields by name, in any case; `Headers` satisfy it.
 *
 * @example
 * ```ts
 * import type { FieldReader } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * const fields: FieldReader = new Headers({ "User-Agent": "curl/8.14.1" });
 * assertEquals(fields.get("user-agent"), "curl/8.14.1");
 * ```
 */
export type FieldReader = Pick<Headers, "get" | "has">;

/**
 * The part of a request that rules and lists read. A `Request` satisfies it.
 *
 * @example
 * ```ts
 * import type { RequestView } from "@portcullis/portcullis/guard";
 *
 * const request: RequestView = new Request("http://localhost/login");
 * ```
 */
export interface RequestView {
  /** The method, as it was sent. */
  readonly method: string;
  /** Absolute, with path and query as they were sent. */
  readonly url: string;
  /** Its fields. */
  readonly headers: FieldReader & Iterable<[string, string]>;
  /** The host that the request is for, if it is known other than from the fields. */
  readonly host?: string | null;
}

/** The parsed and validated head of a request: all that is read before it is allowed. */
export interface RequestHead extends RequestView {
  /** Its fields as they were received, alternating names and values. */
  readonly fields: readonly string[];
  /** Path and query as they were sent. */
  readonly target: string;
  /** The path, without query. */
  readonly path: string;
  /** The host that the request is for; null or empty if it names none. */
  readonly host: string | null;
  /** Why the response is 400, or null. */
  readonly fault: string | null;
  /** The cached properties of the target, if they were looked up. */
  readonly seen?: SeenTarget;
  /** The original `Request`, on servers that create one. */
  readonly original?: Request;
}

/** Logged as method and target of a request that sent neither. */
export const NO_METHOD = "-";
