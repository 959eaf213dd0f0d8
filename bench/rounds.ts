import { median, spread } from "./numbers.ts";
import type { BenchOptions } from "./section.ts";

/** Up to here rounds are taken to agree, as a share of their median. */
const AGREEMENT = 0.03;

/** How many rounds {@linkcode byTurns} makes. */
export interface Turns {
  /** In a quick run. @default {2} */
  quick?: number;
  /** At least and at most, otherwise. @default {[5, 7]} */
  full?: [min: number, max: number];
}

/**
 * Measures two things by turns, so that the machine's moods fall on both, until the compared values
 * agree.
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
    // Who comes first changes, so that neither gains by the other's leftovers.
    const isFirst = all.values.length % 2 === 0;
    if (isFirst) all.of.push(await of());
    all.to.push(await to());
    if (!isFirst) all.of.push(await of());
    all.values.push(compare(all.of.at(-1)!, all.to.at(-1)!));
  }
  return all;
}

/** Measures one thing so many times. */
export async function rounds<T>(
  count: number,
  measure: (round: number) => T | Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for (let round = 0; round < count; round++) all.push(await measure(round));
  return all;
}
