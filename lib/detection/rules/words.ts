import { HOUR, MINUTE } from "../../base/duration.ts";
import type { Period } from "../types.ts";

/** "in the hour from 2015-05-18 08:00 UTC" */
export function inTheHour(window: Period): string {
  return `in the ${spanOf(window)} from ${startOf(window)}`;
}

/** "within 10 minutes from 2015-05-18 08:00 UTC" */
export function within(window: Period): string {
  return `within ${spanOf(window)} from ${startOf(window)}`;
}

/** "1 request", "2 requests" */
export function counted(
  count: number,
  one: string,
  many = `${one}s`,
): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** "2015-05-18 08:07 UTC" */
export function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function spanOf({ from, to }: Period): string {
  const ms = to - from;
  if (ms === HOUR) return "hour";
  return ms % HOUR === 0
    ? counted(ms / HOUR, "hour")
    : counted(Math.round(ms / MINUTE), "minute");
}

function startOf(window: Period): string {
  const start = new Date(window.from).toISOString();
  return `${start.slice(0, 10)} ${start.slice(11, 16)} UTC`;
}
