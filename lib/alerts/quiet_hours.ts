import { Refusal } from "../base/refusal.ts";
import { quoted } from "../base/quoted.ts";
import { MINUTE } from "../base/duration.ts";

/** Hours of a day (UTC) in which only critical alerts are sent. */
export interface QuietHours {
  /** Minutes after midnight; `from` may be later than `to`. */
  from: number;
  to: number;
}

const DAY_MINUTES = 24 * 60;

/** Whether it is a quiet hour at `now`, in epoch ms. */
export function isQuietAt(quiet: QuietHours | null, now: number): boolean {
  if (quiet === null) return false;
  const { from, to } = quiet;
  const minute = Math.floor(now / MINUTE) % DAY_MINUTES;
  return from <= to
    ? minute >= from && minute < to
    : minute >= from || minute < to;
}

/**
 * Quiet hours from two times of a day, such as `22:00` and `07:30`; null where both are empty.
 *
 * @throws {Refusal} where one is missing, is no time, or both are the same.
 *
 * @example
 * ```ts
 * import { quietHours } from "./quiet_hours.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(quietHours("22:00", "07:30"), { from: 1_320, to: 450 });
 * assertEquals(quietHours("", ""), null);
 * ```
 */
export function quietHours(from: string, to: string): QuietHours | null {
  if (from === "" && to === "") return null;
  const hours = { from: minuteOf(from), to: minuteOf(to) };
  if (hours.from === hours.to) {
    throw new Refusal(
      "invalid",
      "Cannot use quiet hours that start and end at the same time",
    );
  }
  return hours;
}

/** A minute of the day as `22:00`. */
export function clockOf(minute: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function minuteOf(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) {
    throw new Refusal(
      "invalid",
      `Cannot use quiet hours ${quoted(text)}: expected a time such as 22:00`,
    );
  }
  return Number(match[1]) * 60 + Number(match[2]);
}
