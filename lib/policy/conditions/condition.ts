import type { Issues } from "../rule_error.ts";
import type { JsonNode } from "../jsonc.ts";
import type { Subject } from "../request_subject.ts";

/** Whether a request meets conditions; the status is that of its response. */
export type Predicate = (subject: Subject, status: number) => boolean;

/** The definition of a condition, whose declared value is read to a `T`. */
export interface Condition<T> {
  /**
   * Reads the value of a declaration and adds its errors to `issues`; undefined if nothing of it
   * can be used.
   */
  read(node: JsonNode, place: string, issues: Issues): T | undefined;
  /** The JSON schema of the value, for editors. */
  readonly schema: Record<string, unknown>;
  /** Compiles the value into a predicate of requests. */
  compile(value: T): Predicate;
  /** The cost, by which conditions are ordered: 0 is the comparison of a number. */
  readonly cost: number;
  /** Whether it needs the status, so that only rules that count responses can have it. */
  readonly needsStatus?: true;
  /**
   * Whether it can be evaluated on the stored log; `address` if only on a log of unchanged
   * addresses.
   */
  readonly inLog: boolean | "address";
  /**
   * Whether every request that meets `inner` is certain to meet `outer`; without `inner`, whether
   * every request does.
   */
  covers(outer: T, inner: T | undefined): boolean;
  /** The value as a list of which one has to match; null if it is not such a list. */
  choices(value: T): T[] | null;
  /** The value in a sentence about requests, such as "from NO". */
  clause(value: T): string;
  /** What it matches: a row of docs/policy.md, the editor's help, and the schema's description. */
  readonly help: string;
}
