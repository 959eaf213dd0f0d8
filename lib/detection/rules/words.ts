import type { Period } from "../types.ts";

/** "in the hour from 2015-05-18 08:00 UTC" */
export function inTheHour(window: Period): string {
  const start = new Date(window.from).toISOString();
  return `in the hour from ${start.slice(0, 10)} ${start.slice(11, 16)} UTC`;
}
