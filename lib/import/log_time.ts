const TIME =
  /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * Reads the time of an access log's line, such as `17/May/2015:10:05:03 +0000`, or returns null.
 * Days that the month does not have, and other rolled-over values, are refused.
 *
 * @returns milliseconds since the epoch.
 */
export function parseLogTime(text: string): number | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const number = (group: number) => Number(match[group]);
  const day = number(1);
  const month = MONTHS.indexOf(match[2]!);
  const year = number(3);
  const [hour, minute, second] = [number(4), number(5), number(6)];
  const [zoneHours, zoneMinutes] = [number(8), number(9)];
  if (month < 0 || hour > 23 || minute > 59 || second > 59) return null;
  if (zoneHours > 14 || zoneMinutes > 59 || year < 1970) return null;
  const local = Date.UTC(year, month, day, hour, minute, second);
  if (new Date(local).getUTCDate() !== day) return null;
  const offset = (zoneHours * 60 + zoneMinutes) * 60_000;
  const utc = match[7] === "+" ? local - offset : local + offset;
  return utc < 0 ? null : utc;
}
