/** Which of an hour's 60 minutes: two times 30 bits. */
export interface Minutes {
  low: number;
  high: number;
}

const HALF = (1 << 30) - 1;

/** All 60. */
export const EVERY_MINUTE: Minutes = { low: HALF, high: HALF };
/** Not one. */
export const NO_MINUTE: Minutes = { low: 0, high: 0 };

/** Whether minute 0 to 59 is among them. */
export function hasMinute({ low, high }: Minutes, minute: number): boolean {
  return ((minute < 30 ? low >>> minute : high >>> (minute - 30)) & 1) === 1;
}

/** Those that are in both. */
export function inBoth(a: Minutes, b: Minutes): Minutes {
  return { low: a.low & b.low, high: a.high & b.high };
}

/** Those that are in either. */
export function inEither(a: Minutes, b: Minutes): Minutes {
  return { low: a.low | b.low, high: a.high | b.high };
}

/** Whether there is none. */
export function isNever({ low, high }: Minutes): boolean {
  return (low | high) === 0;
}

/** The stretches of `unit` minutes that some of them are in. */
export function unitsOf(minutes: Minutes, unit: number): number[] {
  const units: number[] = [];
  for (let minute = 0; minute < 60; minute++) {
    if (!hasMinute(minutes, minute)) continue;
    const number = Math.floor(minute / unit);
    if (units.at(-1) !== number) units.push(number);
  }
  return units;
}
