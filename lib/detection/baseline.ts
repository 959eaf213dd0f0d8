import { DAY } from "../base/duration.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { Baseline } from "./summary.ts";

interface HourTotal {
  requests: number;
  expires_at: number;
}

const WEEKS = 8;
const DAYS = 14;
/**
 * How many known totals of the same hour of the week the usual number needs; with fewer, the same
 * hours of the day are used.
 */
const ENOUGH_WEEKS = 3;
const ENOUGH_DAYS = 5;
const LIFETIME_MS = (WEEKS + 2) * 7 * DAY;

/** Stores how many requests a clock hour had. A later count replaces an earlier one. */
export async function recordHour(
  kv: Deno.Kv,
  start: number,
  requests: number,
  now: number,
): Promise<void> {
  // The total of an imported hour is kept as long, from now on.
  const value: HourTotal = { requests, expires_at: now + LIFETIME_MS };
  await write(() =>
    kv.set(keys.hourTotal(start), value, { expireIn: LIFETIME_MS })
  );
}

/**
 * How many requests an hour usually has: by the same hour of the week in the last eight weeks or,
 * if fewer than three of those are known, by the same hour of the last 14 days. Null if too few of
 * these are known, too.
 */
export async function readBaseline(
  kv: Deno.Kv,
  start: number,
  now: number,
): Promise<Baseline | null> {
  const ago = (step: number, count: number) =>
    totals(
      kv,
      Array.from({ length: count }, (_, index) => start - (index + 1) * step),
      now,
    );
  const weeks = await ago(7 * DAY, WEEKS);
  if (weeks.length >= ENOUGH_WEEKS) return baselineOf(weeks);
  const days = await ago(DAY, DAYS);
  return days.length >= ENOUGH_DAYS ? baselineOf(days) : null;
}

/** The totals of hours, for a run over many of them: read once, and written in batches. */
export class HourHistory {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #totals = new Map<number, number>();
  readonly #dryRun: boolean;
  #unwritten: number[] = [];

  private constructor(kv: Deno.Kv, now: () => number, dryRun: boolean) {
    this.#kv = kv;
    this.#now = now;
    this.#dryRun = dryRun;
  }

  /**
   * Reads the known totals of the relevant hours before `from`, and of all later ones. A dry run
   * stores nothing.
   */
  static async open(
    kv: Deno.Kv,
    now: () => number,
    from: number,
    dryRun = false,
  ): Promise<HourHistory> {
    const history = new HourHistory(kv, now, dryRun);
    const entries = kv.list<HourTotal>({
      prefix: keys.hourTotalsAll(),
      start: keys.hourTotal(from - WEEKS * 7 * DAY),
    }, { batchSize: 1_000 });
    for await (const { key, value } of entries) {
      if (value.expires_at > now()) {
        history.#totals.set(key[1] as number, value.requests);
      }
    }
    return history;
  }

  /** Like {@linkcode readBaseline}. */
  baseline(start: number): Baseline | null {
    const weeks = this.#before(start, 7 * DAY, WEEKS);
    if (weeks.length >= ENOUGH_WEEKS) return baselineOf(weeks);
    const days = this.#before(start, DAY, DAYS);
    return days.length >= ENOUGH_DAYS ? baselineOf(days) : null;
  }

  #before(start: number, step: number, count: number): number[] {
    const found: number[] = [];
    for (let i = 1; i <= count; i++) {
      const requests = this.#totals.get(start - i * step);
      if (requests !== undefined) found.push(requests);
    }
    return found;
  }

  /** Like {@linkcode recordHour}; stored by {@linkcode HourHistory.flush}, or in batches. */
  async record(start: number, requests: number): Promise<void> {
    this.#totals.set(start, requests);
    if (this.#unwritten.push(start) >= AT_ONCE) await this.flush();
  }

  /** Stores the recorded totals. */
  async flush(): Promise<void> {
    const starts = this.#unwritten;
    this.#unwritten = [];
    if (starts.length === 0 || this.#dryRun) return;
    const expires_at = this.#now() + LIFETIME_MS;
    await write(() => {
      const commit = this.#kv.atomic();
      for (const start of starts) {
        const value: HourTotal = {
          requests: this.#totals.get(start)!,
          expires_at,
        };
        commit.set(keys.hourTotal(start), value, { expireIn: LIFETIME_MS });
      }
      return commit.commit();
    });
  }
}

const AT_ONCE = 500;

/** Median and median absolute deviation. */
export function baselineOf(counts: readonly number[]): Baseline {
  const middle = median(counts);
  return {
    median: middle,
    mad: median(counts.map((count) => Math.abs(count - middle))),
    hours: counts.length,
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[half]!
    : (sorted[half - 1]! + sorted[half]!) / 2;
}

async function totals(
  kv: Deno.Kv,
  starts: readonly number[],
  now: number,
): Promise<number[]> {
  const entries = await getAll<HourTotal>(
    kv,
    starts.map((start) => keys.hourTotal(start)),
  );
  const found: number[] = [];
  for (const { value } of entries) {
    if (value && value.expires_at > now) found.push(value.requests);
  }
  return found;
}
