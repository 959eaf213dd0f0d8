/**
 * Messages between a server and its job thread.
 *
 * @module
 */
import type { AccessChange } from "../lists/access_entry.ts";
import type { AccessLists } from "../lists/access_lists.ts";
import type { Config } from "../settings/config.ts";

/** What the thread works with. */
export interface ThreadData {
  config: Config;
  /** Where the build's packed data are looked for. */
  built: string;
}

/** Messages to the thread. */
export type ToThread =
  /** The first: open the store. */
  | { type: "open"; data: ThreadData }
  /**
   * Run the jobs that are due, with the number of list entries. For tests, the clock is `aheadMs`
   * ahead.
   */
  | { type: "run"; sizes: AccessLists["sizes"]; aheadMs: number }
  /** Start no more jobs and close the store. */
  | { type: "close" };

/** Messages from the thread. */
export type FromThread =
  /** The due jobs are done, or exceed their time. */
  | { type: "ran" }
  /** A job has changed the lists. */
  | { type: "lists"; changes: readonly AccessChange[] }
  | { type: "closed" };
