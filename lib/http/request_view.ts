import type { SeenTarget } from "./seen_target.ts";

/**
 * Header fields by name, in any case; `Headers` are.
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
 * As much of a request as rules and lists look at. A `Request` has it.
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
  /** The host that it is for, where that is known better than by its fields. */
  readonly host?: string | null;
}

/** The head of a request, judged: all that is looked at before it is let in. */
export interface RequestHead extends RequestView {
  /** Its fields as they came, names and values by turns. */
  readonly fields: readonly string[];
  /** Path and query as they were sent. */
  readonly target: string;
  /** The path of it, without query. */
  readonly path: string;
  /** The host that it is for; null or empty where it names none. */
  readonly host: string | null;
  /** Why it is answered with 400, or null. */
  readonly fault: string | null;
  /** What is known of the target, where that was looked up. */
  readonly seen?: SeenTarget;
  /** The request itself, of a server that makes one. */
  readonly original?: Request;
}

/** Stands in the log for the method and target of a request of which neither came. */
export const NO_METHOD = "-";
