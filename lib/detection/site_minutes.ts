import { MINUTE } from "../base/duration.ts";
import type { RequestRecord } from "../log/request_record.ts";

/** What the whole site had in a minute. */
export interface SiteMinute {
  /** When it began, in milliseconds since the epoch. */
  at: number;
  requests: number;
  /** Answers that say that the server could not. */
  errors: number;
  /** Requests whose duration is known, and their durations' sum in milliseconds. */
  timed: number;
  ms: number;
}

/** A minute with many times what is usual. */
export interface SiteFlood extends SiteMinute {
  /** Requests in a usual minute of the period. */
  usual: number;
  /** Whether latency or errors rose with it. */
  hurts: boolean;
  /** Mean duration in it and in quiet minutes, in milliseconds; null where nobody knows. */
  latency: number | null;
  usualLatency: number | null;
}

/** So many times a usual minute is none that is usual. */
const TIMES = 5;
/** So many times the usual latency hurts, and no latency below this does, in milliseconds. */
const SLOWER = 3;
const SLOW_MS = 100;
/** Where there is nothing to compare with. */
const SLOW_BY_ITSELF_MS = 1_000;
/** Such a share of errors hurts, and so many times the usual one. */
const FAILING = 0.1;
const FAILING_MORE = 3;

/** What the whole site had, minute by minute. */
export class SiteMinutes {
  readonly #minutes = new Map<number, SiteMinute>();
  #last: SiteMinute = none(NaN);

  /** Counts a request. */
  add(record: RequestRecord): void {
    const { timestamp, status, duration_ms } = record;
    let minute = this.#last;
    // A division of such numbers takes longer than all the rest.
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

  /** Minutes with more than `threshold` requests and several times what is usual, the first first. */
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
      // By itself a busy minute may be what every minute of the site is.
      quiet.length > 0 || hurts
    );
  }
}

function none(at: number): SiteMinute {
  return { at, requests: 0, errors: 0, timed: 0, ms: 0 };
}

/** The median of the minutes from the first one to the last, those without a request included. */
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
