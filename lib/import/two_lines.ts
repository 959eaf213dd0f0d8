import type { LogEntry } from "./entry.ts";
import { finish, gather, type Role, take } from "./roles.ts";

/**
 * Lines of which one begins a request and another one ends it. Names of groups are roles; `key`
 * and, if that is empty, `process` show which lines belong together.
 */
export interface TwoLinesLayout {
  begins: RegExp;
  /** Ends a request, with a status; of several that match, the first is used. */
  ends: readonly { pattern: RegExp; status?: number }[];
  /** Other lines between them. */
  beside: RegExp;
}

/** Limit of open requests; the oldest is dropped without an end. */
const MOST = 1_000;

/**
 * Reads requests that take two lines: one for the request, one for the response. A key in both (a
 * request's id, a process) shows which belong together; of several with one key, the last started
 * ends first.
 */
export class TwoLines {
  readonly #layout: TwoLinesLayout;
  readonly #open: { key: string; groups: Record<string, string> }[] = [];
  #isRead = false;
  #last = "";
  #result: LogEntry | "note" | null = null;

  constructor(layout: TwoLinesLayout) {
    this.#layout = layout;
  }

  /** Moves to another line; until then the same one may be read several times. */
  next(): void {
    this.#isRead = false;
  }

  read(line: string): LogEntry | "note" | null {
    if (this.#isRead && line === this.#last) return this.#result;
    const result = this.#read(line);
    if (result !== null) {
      this.#isRead = true;
      this.#last = line;
      this.#result = result;
    }
    return result;
  }

  #read(line: string): LogEntry | "note" | null {
    const { begins, ends, beside } = this.#layout;
    const begun = begins.exec(line)?.groups;
    if (begun) {
      this.#open.push({ key: keyOf(begun), groups: begun });
      if (this.#open.length > MOST) this.#open.shift();
      return "note";
    }
    for (const { pattern, status } of ends) {
      const ended = pattern.exec(line)?.groups;
      if (!ended) continue;
      const key = keyOf(ended);
      const at = this.#open.findLastIndex((each) => each.key === key);
      // It began before the start of the file.
      if (at < 0) return null;
      const [begun] = this.#open.splice(at, 1);
      return entryOf({ ...ended, ...begun!.groups }, status);
    }
    return beside.test(line) ? "note" : null;
  }
}

function keyOf({ key, process }: Record<string, string>): string {
  return key || process || "";
}

function entryOf(
  groups: Record<string, string>,
  status?: number,
): LogEntry | null {
  const entry = gather();
  if (status !== undefined) entry.status = status;
  for (const [role, text] of Object.entries(groups)) {
    if (role === "key" || role === "process" || text === undefined) continue;
    // A clock time without a day leaves the time missing.
    if (!take(entry, role as Role, text) && role !== "time") return null;
  }
  return finish(entry);
}
