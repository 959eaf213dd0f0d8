import type { LoginEvent, LoginOutcome } from "../accounts/login_log.ts";
import type { RequestRecord } from "../guard/request_record.ts";
import { cutBytes } from "../text.ts";
import type { Evidence } from "./types.ts";

/** How many of the first requests a finding keeps. */
export const FIRST = 2;
/** How many of the last requests a finding keeps. */
export const LAST = 8;

const PATH_BYTES = 200;
const USER_AGENT_BYTES = 160;

/** Texts beyond this are kept once for each sample. */
const MAX_TEXTS = 20_000;

/**
 * Makes the function that copies what is kept of a record as long as it may become evidence. Equal
 * texts are kept once: every block of the log brings its own.
 */
export function sampler(): (record: RequestRecord) => Evidence {
  const texts = new Map<string, string>();
  const once = (text: string) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size < MAX_TEXTS) texts.set(text, text);
    return text;
  };
  return function sampleOf(record) {
    const { user_agent } = record;
    return {
      timestamp: record.timestamp,
      method: record.method,
      path: once(record.path),
      status: record.status,
      user_agent: user_agent === null ? null : once(user_agent),
    };
  };
}

/** A sample as evidence, cut small. */
export function toEvidence(sample: Evidence): Evidence {
  return {
    timestamp: sample.timestamp,
    method: cutBytes(sample.method, 16),
    path: cutBytes(sample.path, PATH_BYTES),
    status: sample.status,
    user_agent: sample.user_agent === null
      ? null
      : cutBytes(sample.user_agent, USER_AGENT_BYTES),
  };
}

/** The status with which we answer each outcome of a login. */
const LOGIN_STATUS: Record<LoginOutcome, number> = {
  success: 303,
  wrong: 401,
  code: 401,
  limited: 429,
};

/** An attempt to log in, as evidence beside requests. */
export function loginSample(event: LoginEvent): Evidence {
  return {
    timestamp: event.timestamp,
    method: "POST",
    path: `/login (account ${event.account.slice(0, 8)}, ${event.outcome})`,
    status: LOGIN_STATUS[event.outcome],
    user_agent: null,
  };
}

/**
 * The first and last few of two samples of evidence, by time and without repeats. Merging a sample
 * with a part of itself gives it back, which is what makes recording an hour twice harmless.
 */
export function mergeEvidence(
  a: readonly Evidence[],
  b: readonly Evidence[],
): Evidence[] {
  const all = [...a, ...b].sort(compare).filter((item, index, sorted) =>
    index === 0 || compare(sorted[index - 1]!, item) !== 0
  );
  return all.length <= FIRST + LAST
    ? all
    : [...all.slice(0, FIRST), ...all.slice(-LAST)];
}

/** Whether two samples show the same requests. */
export function sameEvidence(
  a: readonly Evidence[],
  b: readonly Evidence[],
): boolean {
  return a.length === b.length &&
    a.every((item, index) => compare(item, b[index]!) === 0);
}

function compare(a: Evidence, b: Evidence): number {
  return a.timestamp - b.timestamp || a.status - b.status ||
    compareText(a.method, b.method) || compareText(a.path, b.path) ||
    compareText(a.user_agent ?? "", b.user_agent ?? "");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
