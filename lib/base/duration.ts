import { Refusal } from "./refusal.ts";
import { quoted } from "./quoted.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const UNITS: Record<string, number> = {
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: WEEK,
};

/** A hundred years: longer ones should be "until unblocked", and dates stay in range. */
const LONGEST = 36_525 * DAY;

/**
 * Reads `90s`, `30m`, `24h`, `7d` or `2w` into milliseconds: a whole number above zero and one unit.
 *
 * @throws {Refusal} for anything else, and above a hundred years.
 */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,9})([smhdw])$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit ?? ""] ?? NaN);
  if (!(ms <= LONGEST)) {
    throw new Refusal(
      "invalid",
      `Cannot parse duration ${
        quoted(text)
      }: expected a whole number above zero and s, m, h, d or w, such as 24h`,
    );
  }
  return ms;
}

/** The same as in sentences on a page: `1 d 2 h`, `30 min`, `0 s`. */
export function spanText(ms: number): string {
  return formatDuration(ms).replace(
    /(\d+)([a-z])/g,
    (_, count, unit) => `${count} ${unit === "m" ? "min" : unit}`,
  );
}

/** `ms` for people, in its two largest units, rounded down to the second: `1d 2h`, `30m`, `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1_000)) * 1_000;
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit]!;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0s";
}
