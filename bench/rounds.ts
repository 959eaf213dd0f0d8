import { median, spread } from "./numbers.ts";
import type { BenchOptions } from "./section.ts";

/** Up to this spread, as a share of their median, rounds are considered to agree. */
const AGREEMENT = 0.03;

/** Number of rounds of {@linkcode byTurns}. */
export interface Turns {
  /** In a quick run. @default {2} */
  quick?: number;
  /** Minimum and maximum, otherwise. @default {[5, 7]} */
  full?: [min: number, max: number];
}

/**
 * Measures two things alternately, so that other load on the machine affects both, until the
 * compared values agree.
 */
export async function byTurns<T>(
  options: Pick<BenchOptions, "quick">,
  of: () => Promise<T>,
  to: () => Promise<T>,
  compare: (of: T, to: T) => number,
  { quick = 2, full = [5, 7] }: Turns = {},
): Promise<{ of: T[]; to: T[]; values: number[] }> {
  const [min, max] = options.quick ? [quick, quick] : full;
  const all = { of: [] as T[], to: [] as T[], values: [] as number[] };
  while (
    all.values.length < min ||
    all.values.length < max &&
      spread(all.values) > AGREEMENT * Math.abs(median(all.values))
  ) {
    // The order alternates, so that neither gains from the other's leftovers.
    const isFirst = all.values.length % 2 === 0;
    if (isFirst) all.of.push(await of());
    all.to.push(await to());
    if (!isFirst) all.of.push(await of());
    all.values.push(compare(all.of.at(-1)!, all.to.at(-1)!));
  }
  return all;
}

/** Measures one thing this many times. */
export async function rounds<T>(
  count: number,
  measure: (round: number) => T | Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for (let round = 0; round < count; round++) all.push(await measure(round));
  return all;
}
