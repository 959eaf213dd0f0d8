/**
 * What a server and its thread for jobs say to each other.
 *
 * @module
 */
import type { AccessChange } from "../lists/access_entry.ts";
import type { AccessLists } from "../lists/access_lists.ts";
import type { Config } from "../settings/config.ts";

/** What the thread begins with, as its `workerData`. */
export interface ThreadData {
  config: Config;
  /** Where the build's packed data are looked for. */
  built: string;
}

/** What the thread is told. */
export type ToThread =
  /**
   * Run the jobs that are due; the lists have so many entries. For tests, the clock is ahead by so
   * many milliseconds.
   */
  | { type: "run"; sizes: AccessLists["sizes"]; aheadMs: number }
  /** Begin nothing more and close the store. */
  | { type: "close" };

/** What the thread says. */
export type FromThread =
  /** The jobs that were due are done, or take long. */
  | { type: "ran" }
  /** A job has changed the lists. */
  | { type: "lists"; changes: readonly AccessChange[] }
  | { type: "closed" };
