import type { LogEntry } from "./entry.ts";
import { finish, gather, type Role, take } from "./roles.ts";

/**
 * Lines of which one begins a request and another one ends it. The groups' names are roles; `key`
 * and, where that is empty, `process` say which lines belong together.
 */
export interface TwoLinesLayout {
  begins: RegExp;
  /** The same with a status; each that fits, the first counts. */
  ends: readonly { pattern: RegExp; status?: number }[];
  /** What else stands between such lines. */
  beside: RegExp;
}

/** So many requests may be under way at once; an older one has no end. */
const MOST = 1_000;

/**
 * Reads requests that are told in two lines: who asked for what, and how it ended. Which belong
 * together, a key in both says (a request's id, a process); of several with one key, what began
 * last ends first.
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

  /** Another line comes; until then the same one may be read several times. */
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
      // It began before the file did.
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
    // A clock time without a day is told by what is missing.
    if (!take(entry, role as Role, text) && role !== "time") return null;
  }
  return finish(entry);
}
