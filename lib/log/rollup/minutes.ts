/** A set of an hour's 60 minutes: two times 30 bits. */
export interface Minutes {
  low: number;
  high: number;
}

const HALF = (1 << 30) - 1;

/** All 60. */
export const EVERY_MINUTE: Minutes = { low: HALF, high: HALF };
/** None. */
export const NO_MINUTE: Minutes = { low: 0, high: 0 };

/** Whether the set contains minute 0 to 59. */
export function hasMinute({ low, high }: Minutes, minute: number): boolean {
  return ((minute < 30 ? low >>> minute : high >>> (minute - 30)) & 1) === 1;
}

/** The intersection. */
export function inBoth(a: Minutes, b: Minutes): Minutes {
  return { low: a.low & b.low, high: a.high & b.high };
}

/** The union. */
export function inEither(a: Minutes, b: Minutes): Minutes {
  return { low: a.low | b.low, high: a.high | b.high };
}

/** Whether the set is empty. */
export function isNever({ low, high }: Minutes): boolean {
  return (low | high) === 0;
}

/** The minutes from `first` up to, not including, `end`. */
function minutesBetween(first: number, end: number): Minutes {
  let minutes = NO_MINUTE;
  for (let minute = first; minute < end; minute++) {
    minutes = withMinute(minutes, minute);
  }
  return minutes;
}

/** The set with one more minute. */
export function withMinute({ low, high }: Minutes, minute: number): Minutes {
  return minute < 30
    ? { low: low | 1 << minute, high }
    : { low, high: high | 1 << (minute - 30) };
}

/** Possible lengths of an hour's parts, in minutes. */
export const UNITS = [1, 5, 15, 60] as const;
export type Unit = typeof UNITS[number];

const PARTS = Object.fromEntries(UNITS.map((unit) => [
  unit,
  Array.from(
    { length: 60 / unit },
    (_, part) => minutesBetween(part * unit, (part + 1) * unit),
  ),
])) as Record<Unit, Minutes[]>;

/** The minutes of the hour's part number `part`. */
export function partOf(unit: Unit, part: number): Minutes {
  return PARTS[unit][part]!;
}

/** Calls `visit` with the number of each part of the hour that contains some of the minutes. */
export function eachPart(
  { low, high }: Minutes,
  unit: Unit,
  visit: (part: number) => void,
): void {
  if (unit === 1) {
    for (; low !== 0; low &= low - 1) visit(31 - Math.clz32(low & -low));
    for (; high !== 0; high &= high - 1) visit(61 - Math.clz32(high & -high));
    return;
  }
  const parts = PARTS[unit];
  for (let i = 0; i < parts.length; i++) {
    if ((parts[i]!.low & low) | (parts[i]!.high & high)) visit(i);
  }
}

/** Number of parts of the hour that contain some of the minutes. */
export function partsIn(minutes: Minutes, unit: Unit): number {
  if (unit === 1) return bitsIn(minutes.low) + bitsIn(minutes.high);
  let sum = 0;
  eachPart(minutes, unit, () => sum++);
  return sum;
}

/** Number of bits that are set, of 32. */
function bitsIn(bits: number): number {
  let sum = 0;
  for (; bits !== 0; bits &= bits - 1) sum++;
  return sum;
}
