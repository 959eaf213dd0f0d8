/** Header fields by name, in any case; `Headers` are. */
export type FieldReader = Pick<Headers, "get" | "has">;

/**
 * As much of a request as is looked at before it is let in. A `Request` has it; a server that has
 * no such object need not make one.
 */
export interface RequestView {
  readonly method: string;
  /** Absolute, with path and query as they were sent. */
  readonly url: string;
  readonly headers: FieldReader & Iterable<[string, string]>;
  /** Its fields as they came, names and values by turns, from a server that keeps them so. */
  readonly fields?: readonly string[];
  /** Its path and query as they were sent, from a server that knows them. */
  readonly target?: string;
  /** What is wrong with it, or null, from a server that has judged it (`judge()`). */
  readonly fault?: string | null;
  /** The host that it is for, from a server that knows it. */
  readonly host?: string;
  /** Its path without query, from a server that knows it. */
  readonly path?: string;
}

/** Stands in the log for the method and target of a request of which neither came. */
export const NO_METHOD = "-";
