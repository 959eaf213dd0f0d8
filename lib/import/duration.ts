import { DAY, MINUTE } from "../base/duration.ts";
/** The unit of a request's duration. */
export type Unit = "s" | "ms" | "us" | "ns";

const MS: Record<Unit, number> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };
/** `12ms`, `0.012s`, Go's `1m2.5s`. */
const WORDS =
  /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?) ?(ms|us|µs|μs|ns|s))?$/;
/** No request takes longer; a larger number has another unit, or is not a duration. */
const LONGEST_MS = 30 * DAY;

/** Milliseconds; null if `value` is not a number, or is negative, which means unknown. */
export function durationMs(value: number, unit: Unit): number | null {
  const ms = value * MS[unit];
  if (!(ms >= 0 && ms <= LONGEST_MS)) return null;
  return Math.round(ms * 1_000) / 1_000;
}

/** Reads a number in `unit`, or one with its own unit, such as `12ms`. */
export function readDuration(text: string, unit: Unit): number | null {
  if (text === "" || text === "-") return null;
  if (/^\d+(?:\.\d+)?$/.test(text)) return durationMs(Number(text), unit);
  // nginx writes `0.012, 0.003` or `0.012 : 0.003` if it used several upstreams.
  if (/^[\d. ,:-]+$/.test(text)) return null;
  return wordedDuration(text);
}

/** Reads `12ms`, `0.012s`, `1m2.5s`; null for a bare number and anything else. */
export function wordedDuration(text: string): number | null {
  if (text.length > 24) return null;
  const match = WORDS.exec(text);
  if (match === null || text === "") return null;
  const [, hours = "0", minutes = "0", number = "0", unit = "s"] = match;
  const rest = durationMs(
    Number(number),
    /^[µμ]/.test(unit) ? "us" : unit as Unit,
  );
  return rest === null
    ? null
    : (Number(hours) * 60 + Number(minutes)) * MINUTE + rest;
}
