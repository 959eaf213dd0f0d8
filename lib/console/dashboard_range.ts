import { DAY, HOUR } from "../base/duration.ts";
import { timeParam, wordParam } from "../http/list_query.ts";
import { Refusal } from "../base/refusal.ts";

/** The ranges with names; those without a length have ends of their own, in UTC. */
export const RANGES = {
  "1h": { label: "1 hour", ms: HOUR },
  "24h": { label: "24 hours", ms: DAY },
  "today": { label: "today", ms: null },
  "night": { label: "last night", ms: null },
  "yesterday": { label: "yesterday", ms: null },
  "7d": { label: "7 days", ms: 7 * DAY },
  "30d": { label: "30 days", ms: 30 * DAY },
} as const;

/** The start and length of a night: from 20:00 to 08:00. */
const NIGHT_FROM = 20 * HOUR;
const NIGHT_MS = 12 * HOUR;

const NAMES = Object.keys(RANGES) as (keyof typeof RANGES)[];

/** The longest custom range, in days: two years. */
const MAX_DAYS = 732;

/** A time range and its step; milliseconds since the epoch. */
export interface DashboardRange {
  name: keyof typeof RANGES | "custom";
  /** "24 hours", "last night", or "period" for a custom one. */
  label: string;
  since: number;
  /** Exclusive. */
  until: number;
  by: "minute" | "hour" | "day";
}

/**
 * The range in a URL: `range` by name, or `since` and `until`, or 24 hours. If only one end is
 * given, the range is from `since` until now, or the day before `until`.
 *
 * @throws {Refusal} 400 if the ends make no range.
 */
export function dashboardRange(
  params: URLSearchParams,
  now: number,
): DashboardRange {
  const given = timeParam(params, "since", now);
  const end = timeParam(params, "until", now);
  if (given !== undefined || end !== undefined) {
    const until = end ?? now + 1;
    return custom(given ?? until - DAY, until);
  }
  const name = wordParam(params, "range", ["24h", ...NAMES]);
  const { label, ms } = RANGES[name];
  const [since, until] = ms === null
    ? endsOf(name, now)
    : [now + 1 - ms, now + 1];
  return { name, label, since, until, by: stepOf(until - since) };
}

/** The ends of a calendar range; none is later than now. */
function endsOf(name: string, now: number): [since: number, until: number] {
  const today = now - now % DAY;
  if (name === "yesterday") return [today - DAY, today];
  if (name === "today") return [today, now + 1];
  const latest = today + NIGHT_FROM;
  const since = latest < now ? latest : latest - DAY;
  // In its first hour, a night is too short; the one before is used.
  const start = now - since < HOUR ? since - DAY : since;
  return [start, Math.min(start + NIGHT_MS, now + 1)];
}

/** The period that a range is compared with: of the same length, right before it. */
export function rangeBefore(
  { since, until }: Pick<DashboardRange, "since" | "until">,
): { since: number; until: number } {
  return { since: since - (until - since), until: since };
}

function custom(since: number, until: number): DashboardRange {
  if (since >= until || until - since > MAX_DAYS * DAY) {
    throw new Refusal(
      "malformed",
      `Cannot show ${new Date(since).toISOString()} to ${
        new Date(until).toISOString()
      }: expected a start before the end, and at most ${MAX_DAYS} days`,
    );
  }
  const by = stepOf(until - since);
  return { name: "custom", label: "period", since, until, by };
}

/** A step that gives enough points for a shape, and not too many to draw. */
function stepOf(ms: number): DashboardRange["by"] {
  return ms <= 3 * HOUR ? "minute" : ms <= 8 * DAY ? "hour" : "day";
}
