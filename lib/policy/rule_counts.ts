/**
 * How often each rule acted, by hour and across all processes: the log holds the rule that decided,
 * but not what a `track` rule counted or how often a `block` rule blocked.
 *
 * @module
 */
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { DAY, HOUR } from "../base/duration.ts";

/** The counts of all rules in one hour. */
export interface PolicyHour {
  /** Its start, epoch ms. */
  start: number;
  /** By the rule's name. */
  counts: Record<string, number>;
  expires_at: number;
  v: 1;
}

const KEEP_MS = 31 * DAY;
/** The maximum number of rule names in an hour. */
const MAX_NAMES = 600;

/** Counts in memory until they are written. */
export class RuleCounts {
  #hours = new Map<number, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#hours.size === 0;
  }

  add(name: string, count: number, now: number): void {
    const start = Math.floor(now / HOUR) * HOUR;
    let hour = this.#hours.get(start);
    if (hour === undefined) this.#hours.set(start, hour = new Map());
    hour.set(name, (hour.get(name) ?? 0) + count);
  }

  /** Adds the counts to the stored ones; if that fails, they are kept for the next time. */
  async flush(kv: Deno.Kv, now: number): Promise<void> {
    const hours = this.#hours;
    this.#hours = new Map();
    for (const [start, counts] of hours) {
      try {
        await addTo(kv, start, counts, now);
      } catch (error) {
        for (const [start, counts] of hours) {
          for (const [name, count] of counts) this.add(name, count, start);
        }
        throw error;
      }
      hours.delete(start);
    }
  }
}

function addTo(
  kv: Deno.Kv,
  start: number,
  counts: ReadonlyMap<string, number>,
  now: number,
): Promise<true> {
  return compareAndSet(async () => {
    const key = keys.policyHour(start);
    const entry = await kv.get<PolicyHour>(key);
    const sums = new Map(Object.entries(entry.value?.counts ?? {}));
    for (const [name, count] of counts) {
      if (!sums.has(name) && sums.size >= MAX_NAMES) continue;
      sums.set(name, (sums.get(name) ?? 0) + count);
    }
    const hour: PolicyHour = {
      start,
      counts: Object.fromEntries(sums),
      expires_at: start + KEEP_MS,
      v: 1,
    };
    const expireIn = Math.max(1, hour.expires_at - now);
    const { ok } = await kv.atomic().check(entry)
      .set(key, hour, { expireIn }).commit();
    return ok ? true : undefined;
  });
}

/** The counts of a rule for each hour from that of `from` to that of `to`, inclusive. */
export interface RuleSeries {
  total: number;
  /** One number for each hour. */
  hours: number[];
}

/** The series of every rule that acted, by its name. */
export async function readRuleCounts(
  kv: Deno.Kv,
  { from, to }: { from: number; to: number },
): Promise<Map<string, RuleSeries>> {
  const first = Math.floor(from / HOUR) * HOUR;
  const length = Math.floor((to - first) / HOUR) + 1;
  const series = new Map<string, RuleSeries>();
  const rows = kv.list<PolicyHour>({
    start: keys.policyHour(first),
    end: keys.policyHour(to + 1),
  }, { batchSize: 200 });
  for await (const { value: { start, counts } } of rows) {
    for (const [name, count] of Object.entries(counts)) {
      let one = series.get(name);
      if (one === undefined) {
        one = { total: 0, hours: new Array<number>(length).fill(0) };
        series.set(name, one);
      }
      one.total += count;
      one.hours[(start - first) / HOUR]! += count;
    }
  }
  return series;
}
