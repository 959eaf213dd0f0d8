import { HOUR, MINUTE } from "../base/duration.ts";
const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
/** `17/May/2025:10:05:03.127 +0200`; Django writes a space before the hour. */
const CLF =
  /^(\d\d)[/-]([A-Z][a-z]{2})[/-](\d{4})[: ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|[A-Z]{3,4}|[+-]\d\d:?\d\d))?$/;
/** ISO 8601 and RFC 3339, also with a space instead of the T or slashes in the date. */
const ISO =
  /^(\d{4})([-/])(\d\d)\2(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?$/i;
/** RFC 9110 §5.6.7. */
const HTTP_DATE =
  /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (GMT|UTC|[+-]\d{4})$/;
/** `Sat May 17 10:05:03 2025`, C's asctime(). */
const CTIME =
  /^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})$/;
/** cPanel's `05/17/2025:10:05:03 -0000`: a numeric month comes first. */
const CPANEL = /^(\d\d)\/(\d\d)\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})$/;
/** Plex' `May 17, 2025 10:05:03.127` */
const WORDED =
  /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?$/;
/** Hours of a 12-hour clock, after any day; `17/05/2025, 10:05:03 pm`. */
const HALF_DAY =
  /^(.{8,11}?)(, |[ :])(\d{1,2}):(\d\d):(\d\d)([.,]\d{1,9})? ?([AP])\.?M\.?( ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?$/i;
/** The month comes first, unless it is out of range. */
const SLASHED = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/;
const EPOCH = /^(\d{9,19})(?:\.(\d{1,9}))?$/;

/** The last text read: a busy log has many lines of the same second. */
let lastText = "";
let lastTime: number | null = null;

/**
 * Parses the time of an access log's line in any known notation, or returns null. Days that the
 * month does not have, and other rolled-over values, are refused. A time without a zone is UTC.
 *
 * @returns milliseconds since the epoch, without fractions.
 */
export function parseLogTime(text: string): number | null {
  if (text === lastText) return lastTime;
  const time = read(text);
  lastText = text;
  lastTime = time;
  return time;
}

function read(text: string): number | null {
  let match = CLF.exec(text);
  if (match !== null) {
    const [, day, month, year, hour, minute, second, fraction, zone] = match;
    return utc(year, monthOf(month), day, hour, minute, second, fraction, zone);
  }
  match = ISO.exec(text);
  if (match !== null) {
    const [, year, , month, day, hour, minute, second, fraction, zone] = match;
    return utc(
      year,
      Number(month),
      day,
      hour,
      minute,
      second,
      fraction,
      zone,
    );
  }
  match = EPOCH.exec(text);
  if (match !== null) return parseEpoch(Number(match[0]));
  match = CTIME.exec(text);
  if (match !== null) {
    const [, month, day, hour, minute, second, fraction, year] = match;
    return utc(year, monthOf(month), day, hour, minute, second, fraction);
  }
  match = CPANEL.exec(text);
  if (match !== null) {
    const [, month, day, year, hour, minute, second, zone] = match;
    return utc(year, Number(month), day, hour, minute, second, "", zone);
  }
  match = WORDED.exec(text);
  if (match !== null) {
    const [, month, day, year, hour, minute, second, fraction] = match;
    return utc(year, monthOf(month), day, hour, minute, second, fraction);
  }
  match = HALF_DAY.exec(text);
  if (match !== null) return ofHalfDay(match);
  match = HTTP_DATE.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, zone] = match;
  return utc(year, monthOf(month), day, hour, minute, second, "", zone);
}

/** The same time on a 24-hour clock. */
function ofHalfDay(match: RegExpExecArray): number | null {
  const [, day = "", between, hour, minute, second, fraction = "", half = ""] =
    match;
  const twelve = Number(hour);
  if (twelve < 1 || twelve > 12) return null;
  const hours = twelve % 12 + (half.toUpperCase() === "P" ? 12 : 0);
  const clock = `${
    String(hours).padStart(2, "0")
  }:${minute}:${second}${fraction}`;
  const zone = match[8]?.trim() ?? "";
  const slashed = SLASHED.exec(day);
  if (slashed === null) {
    return read(
      `${day}${between === ":" ? ":" : " "}${clock}${zone && ` ${zone}`}`,
    );
  }
  const [, first = "", , other = "", year] = slashed;
  const isDayFirst = Number(first) > 12;
  const date = [isDayFirst ? other : first, isDayFirst ? first : other]
    .map((part) => part.padStart(2, "0"));
  return read(`${year}-${date.join("-")} ${clock}${zone}`);
}

/**
 * Seconds since 1970, or milli-, micro- or nanoseconds if seconds would be beyond the year 5000;
 * null if invalid.
 */
export function parseEpoch(value: number): number | null {
  if (!(value >= 0 && value < 1e20)) return null;
  let ms = value * 1_000;
  while (ms >= 1e14) ms /= 1_000;
  // 1747476303.127 is slightly less than that many thousandths.
  return Math.floor(ms + 1e-3);
}

/** From 1 to 12; 0 if the name is not an English month. */
function monthOf(name = ""): number {
  const index = MONTHS.indexOf(name);
  return index % 3 === 0 ? index / 3 + 1 : 0;
}

function utc(
  year: string | undefined,
  month: number,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  fraction = "",
  zone = "Z",
): number | null {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (month < 1 || month > 12 || h > 23 || m > 59 || s > 59) return null;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  const local = Date.UTC(Number(year), month - 1, Number(day), h, m, s, ms);
  if (new Date(local).getUTCDate() !== Number(day)) return null;
  const offset = offsetOf(zone);
  if (offset === null) return null;
  const time = local - offset;
  return time < 0 ? null : time;
}

/** Hours east of UTC, for unambiguous zone names: RFC 822's, and Europe's. */
const ZONES: Record<string, number> = {
  ...{ UTC: 0, GMT: 0, WET: 0, WEST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3 },
  ...{ EST: -5, EDT: -4, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
};

/** `+02:00` of `+0200`, `CEST` or `(GMT+2:00) Berlin`; null for other zones. */
export function zoneOffset(text: string): string | null {
  const [, sign, hours = "", minutes = "00"] =
    /^([+-])(\d\d):?(\d\d)$/.exec(text) ??
      /\b(?:GMT|UTC) ?([+-]) ?(\d{1,2})(?::?(\d\d))?(?!\d)/.exec(text) ?? [];
  if (sign !== undefined) return `${sign}${hours.padStart(2, "0")}:${minutes}`;
  if (text === "" || text === "Z") return "Z";
  const known = ZONES[text];
  if (known === undefined) return null;
  return `${known < 0 ? "-" : "+"}${
    String(Math.abs(known)).padStart(2, "0")
  }:00`;
}

/** Milliseconds east of UTC; null for a zone that is unknown or ambiguous. */
function offsetOf(zone: string): number | null {
  if (/^[A-Z]{3,4}$/.test(zone)) {
    const hours = ZONES[zone];
    return hours === undefined ? null : hours * HOUR;
  }
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (match === null) return 0;
  const [, sign, hours, minutes = "0"] = match;
  if (Number(hours) > 14 || Number(minutes) > 59) return null;
  const ms = (Number(hours) * 60 + Number(minutes)) * MINUTE;
  return sign === "-" ? -ms : ms;
}
