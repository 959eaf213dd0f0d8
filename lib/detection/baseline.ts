import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { Baseline } from "./summary.ts";
import { HOUR } from "./types.ts";

interface HourTotal {
  requests: number;
  expires_at: number;
}

const DAY = 24 * HOUR;
const WEEKS = 8;
const DAYS = 14;
/** So many equal hours of the week are enough to know what is usual; else, of the day. */
const ENOUGH_WEEKS = 3;
const ENOUGH_DAYS = 5;
const LIFETIME_MS = (WEEKS + 2) * 7 * DAY;

/** Remembers how many requests a clock hour had. Written again, the later count stands. */
export async function recordHour(
  kv: Deno.Kv,
  start: number,
  requests: number,
  now: number,
): Promise<void> {
  // An hour that was imported is kept as long from now.
  const value: HourTotal = { requests, expires_at: now + LIFETIME_MS };
  await write(() =>
    kv.set(keys.hourTotal(start), value, { expireIn: LIFETIME_MS })
  );
}

/**
 * How many requests an hour usually has: of the same hour of the week in the last eight weeks, or,
 * while fewer than three of those are known, the same hour of the last 14 days. Null while that is
 * too little, too.
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
