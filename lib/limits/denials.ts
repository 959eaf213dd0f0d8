import { Lru } from "../base/lru.ts";

/** How many full windows a process remembers. */
const MAX_ENTRIES = 10_000;

/** How long a refusal is answered without looking again, in milliseconds. */
const REMEMBERED_MS = 1_000;

/**
 * Windows that are known to be full, and until when.
 *
 * This is sound without asking the store because passes are only ever added: what was full stays
 * full until its oldest pass leaves, or somebody lifts the limit. So the store is asked again after
 * a second. A policy whose windows are emptied all the time must not use it.
 */
export class Denials {
  readonly #full = new Lru<string, { since: number; until: number }>(
    MAX_ENTRIES,
  );

  /** When the window opens again, or null where that is not known. */
  opensAt(id: string, now: number): number | null {
    const entry = this.#full.get(id);
    if (entry === undefined) return null;
    // Before `since` the clock was set back: what the store then holds must be looked at again.
    const known = Math.min(entry.until, entry.since + REMEMBERED_MS);
    if (entry.since <= now && now < known) return entry.until;
    this.#full.delete(id);
    return null;
  }

  set(id: string, since: number, until: number): void {
    this.#full.set(id, { since, until });
  }
}
