import { HOUR } from "../base/duration.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { keys } from "../store/keys.ts";

/** Hours with imported records that detection has to run over; the store's value. */
export interface StoredHours {
  v: 1;
  expires_at: number;
  /** Hours since 1970. */
  hours: Uint32Array;
}

/** The hours of records, as they are stored. */
export function hoursOf(records: readonly RequestRecord[]): Uint32Array {
  const hours = new Set<number>();
  for (const { timestamp } of records) hours.add(Math.floor(timestamp / HOUR));
  return Uint32Array.from(hours);
}

/** Hours per value; a value's limit is 64 KiB. */
const MOST_HOURS = 15_000;
/** A commit's limit is 1,000 changes. */
const MOST_DELETED = 500;

/**
 * Remembers which hours have imported records that detection has not run over yet. It is stored
 * with the records: if an import ends in between, its lines are known to the next one, which would
 * not run detection over their hours otherwise.
 */
export class UnjudgedHours {
  /** Starts of the hours that earlier imports left. */
  readonly left: ReadonlySet<number>;
  readonly #options: { kv: Deno.Kv; now: () => number; retentionMs: number };
  readonly #session = crypto.randomUUID().slice(0, 8);
  #n = 0;
  #keys: Deno.KvKey[];

  private constructor(
    options: { kv: Deno.Kv; now: () => number; retentionMs: number },
    left: ReadonlySet<number>,
    stored: Deno.KvKey[],
  ) {
    this.#options = options;
    this.left = left;
    this.#keys = stored;
  }

  /** Reads what earlier imports left. */
  static async open(
    options: { kv: Deno.Kv; now: () => number; retentionMs: number },
  ): Promise<UnjudgedHours> {
    const left = new Set<number>();
    const stored: Deno.KvKey[] = [];
    const entries = options.kv.list<StoredHours>({
      prefix: keys.importUnjudgedAll(),
    });
    for await (const { key, value } of entries) {
      stored.push(key);
      if (value.expires_at <= options.now()) continue;
      for (const hour of value.hours) left.add(hour * HOUR);
    }
    return new UnjudgedHours(options, left, stored);
  }

  /** Adds hours to the commit that stores their records. */
  add(commit: Deno.AtomicOperation, hours: Uint32Array): void {
    const { now, retentionMs } = this.#options;
    for (let from = 0; from < hours.length; from += MOST_HOURS) {
      const key = keys.importUnjudged(this.#session, this.#n++);
      const value: StoredHours = {
        v: 1,
        expires_at: now() + retentionMs,
        hours: hours.slice(from, from + MOST_HOURS),
      };
      commit.set(key, value, { expireIn: Math.max(1, retentionMs) });
      this.#keys.push(key);
    }
  }

  /** Begins a run over all hours so far; call the result when it is complete. */
  begin(): () => Promise<void> {
    const judged = this.#keys;
    this.#keys = [];
    return async () => {
      for (let from = 0; from < judged.length; from += MOST_DELETED) {
        const commit = this.#options.kv.atomic();
        for (const key of judged.slice(from, from + MOST_DELETED)) {
          commit.delete(key);
        }
        await commit.commit();
      }
    };
  }
}
