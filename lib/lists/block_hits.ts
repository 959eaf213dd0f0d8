import { atOnce } from "../base/at_once.ts";
import { byChecks, WRITES_AT_ONCE } from "../store/checks.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { ttl } from "./access_commit.ts";
import type { AccessEntry, Hits } from "./access_entry.ts";

/** Counts requests refused by blocks: in memory first, so that an attack causes few writes. */
export class BlockHits {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  #counted = new Map<string, { hits: number; last_hit_at: number }>();

  constructor(kv: Deno.Kv, now: () => number) {
    this.#kv = kv;
    this.#now = now;
  }

  /** Counts `hits` hits of an entry, the last at `at` (epoch ms). */
  record(ipAddress: string, at: number, hits = 1): void {
    const counted = this.#counted.get(ipAddress);
    if (!counted) {
      this.#counted.set(ipAddress, { hits, last_hit_at: at });
      return;
    }
    counted.hits += hits;
    counted.last_hit_at = Math.max(counted.last_hit_at, at);
  }

  /**
   * Adds the counts to KV, of at most `most` entries, longest waiting first: a write costs more
   * than the refusal that it counts. If it fails, the counts are kept for the next attempt; hits of
   * entries that are no longer on the list are dropped.
   */
  async flush(most = Infinity): Promise<void> {
    const counted = this.#counted.entries().take(most).toArray();
    for (const [ip] of counted) this.#counted.delete(ip);
    const left = new Set(byChecks(counted, { checks: () => 2 }));
    try {
      await atOnce([...left], WRITES_AT_ONCE, async (group) => {
        await this.#write(group);
        left.delete(group);
      });
    } finally {
      for (const [ip, { hits, last_hit_at }] of [...left].flat()) {
        this.record(ip, last_hit_at, hits);
      }
    }
  }

  #write(counted: [string, { hits: number; last_hit_at: number }][]) {
    const entryKeys = counted.map(([ip]) => keys.access("blocked", ip));
    const hitsKeys = counted.map(([ip]) => keys.blockHits(ip));
    return compareAndSet(async () => {
      const [entries, before] = await Promise.all([
        getAll<AccessEntry>(this.#kv, entryKeys),
        getAll<Hits>(this.#kv, hitsKeys),
      ]);
      const atomic = this.#kv.atomic();
      for (const [i, [, { hits, last_hit_at }]] of counted.entries()) {
        const entry = entries[i]!;
        const row = before[i]!;
        if (!entry.value) continue;
        const sum: Hits = {
          hits: (row.value?.hits ?? 0) + hits,
          last_hit_at: Math.max(row.value?.last_hit_at ?? 0, last_hit_at),
        };
        atomic.check(entry, row)
          .set(row.key, sum, ttl(entry.value, this.#now()));
      }
      return (await atomic.commit()).ok ? true : undefined;
    });
  }
}
