import { MINUTE } from "../base/duration.ts";
import type { RequestRecord } from "../log/request_record.ts";

/** The traffic of the whole site in one minute. */
export interface SiteMinute {
  /** When it began, in milliseconds since the epoch. */
  at: number;
  requests: number;
  /** Responses with a status of 500 or higher. */
  errors: number;
  /** Requests whose duration is known, and their durations' sum in milliseconds. */
  timed: number;
  ms: number;
}

/** A minute with a multiple of the usual requests. */
export interface SiteFlood extends SiteMinute {
  /** Requests in a usual minute of the period. */
  usual: number;
  /** Whether latency or errors rose in the same minute. */
  hurts: boolean;
  /** Mean duration in it and in quiet minutes, in milliseconds; null if unknown. */
  latency: number | null;
  usualLatency: number | null;
}

/** A flood has at least this many times the usual requests. */
const TIMES = 5;
/** Latency hurts from this multiple of the usual one, but not below `SLOW_MS` milliseconds. */
const SLOWER = 3;
const SLOW_MS = 100;
/** The limit of latency without a quiet minute to compare with. */
const SLOW_BY_ITSELF_MS = 1_000;
/** Errors hurt from this share of requests and this multiple of the usual share. */
const FAILING = 0.1;
const FAILING_MORE = 3;

/** The traffic of the whole site, minute by minute. */
export class SiteMinutes {
  readonly #minutes = new Map<number, SiteMinute>();
  #last: SiteMinute = none(NaN);

  /** Counts a request. */
  add(record: RequestRecord): void {
    const { timestamp, status, duration_ms } = record;
    let minute = this.#last;
    // Dividing such large numbers takes longer than the rest of this function.
    if (!(timestamp >= minute.at && timestamp < minute.at + MINUTE)) {
      const at = timestamp - timestamp % MINUTE;
      minute = this.#minutes.get(at) ?? none(at);
      this.#minutes.set(at, minute);
      this.#last = minute;
    }
    minute.requests++;
    if (status >= 500) minute.errors++;
    if (duration_ms !== null) {
      minute.timed++;
      minute.ms += duration_ms;
    }
  }

  /** Minutes with more than `threshold` requests and a multiple of the usual number, by time. */
  floods(threshold: number): SiteFlood[] {
    const all = [...this.#minutes.values()].sort((a, b) => a.at - b.at);
    if (!all.some(({ requests }) => requests > threshold)) return [];
    const usual = all.length === 1 ? 0 : usualOf(all);
    const isFlood = ({ requests }: SiteMinute) =>
      requests > threshold && requests >= TIMES * usual;
    const quiet = all.filter((minute) => !isFlood(minute));
    const before = sum(quiet);
    return all.filter(isFlood).map((minute) => ({
      ...minute,
      usual,
      hurts: isSlower(minute, before) || isFailing(minute, before),
      latency: latencyOf(minute),
      usualLatency: latencyOf(before),
    })).filter(({ hurts }) =>
      // Without quiet minutes, a busy minute may be normal for the site.
      quiet.length > 0 || hurts
    );
  }
}

function none(at: number): SiteMinute {
  return { at, requests: 0, errors: 0, timed: 0, ms: 0 };
}

/** The median of requests per minute from the first minute to the last, empty minutes included. */
function usualOf(all: readonly SiteMinute[]): number {
  const span = Math.round((all.at(-1)!.at - all[0]!.at) / MINUTE) + 1;
  const counts = all.map(({ requests }) => requests).sort((a, b) => a - b);
  const empty = span - counts.length;
  const middle = Math.floor((span - 1) / 2);
  return middle < empty ? 0 : counts[middle - empty]!;
}

function sum(minutes: readonly SiteMinute[]): SiteMinute {
  const total = none(0);
  for (const { requests, errors, timed, ms } of minutes) {
    total.requests += requests;
    total.errors += errors;
    total.timed += timed;
    total.ms += ms;
  }
  return total;
}

function latencyOf({ timed, ms }: SiteMinute): number | null {
  return timed === 0 ? null : ms / timed;
}

function isSlower(minute: SiteMinute, before: SiteMinute): boolean {
  const now = latencyOf(minute);
  const then = latencyOf(before);
  if (now === null) return false;
  return then === null
    ? now >= SLOW_BY_ITSELF_MS
    : now >= SLOW_MS && now >= SLOWER * then;
}

function isFailing(minute: SiteMinute, before: SiteMinute): boolean {
  const now = minute.errors / minute.requests;
  const then = before.requests === 0 ? 0 : before.errors / before.requests;
  return now >= FAILING && now >= FAILING_MORE * then;
}
