import { Lru } from "../base/lru.ts";

/** The maximum number of cached full windows. */
const MAX_ENTRIES = 10_000;

/** How long a refusal is cached, in milliseconds. */
const REMEMBERED_MS = 1_000;

/**
 * A cache of windows that are full, and until when.
 *
 * This is correct without reading the store because passes are only ever added: a full window stays
 * full until its oldest pass leaves, or the limit is lifted. So the store is read again after a
 * second. Not for policies whose windows are often reset.
 */
export class Denials {
  readonly #full = new Lru<string, { since: number; until: number }>(
    MAX_ENTRIES,
  );

  /** When the window opens again, or null if unknown. */
  opensAt(id: string, now: number): number | null {
    const entry = this.#full.get(id);
    if (entry === undefined) return null;
    // Before `since` the clock was set back: the store has to be read again.
    const known = Math.min(entry.until, entry.since + REMEMBERED_MS);
    if (entry.since <= now && now < known) return entry.until;
    this.#full.delete(id);
    return null;
  }

  set(id: string, since: number, until: number): void {
    this.#full.set(id, { since, until });
  }
}
