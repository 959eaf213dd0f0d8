import type { LoginEvent, LoginOutcome } from "../accounts/login_log.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { cutBytes, wellFormed } from "../base/text.ts";
import { BIT } from "../signals/signal.ts";
import type { Evidence } from "./types.ts";

/** How many of the first requests a finding keeps. */
export const FIRST = 2;
/** How many of the last requests a finding keeps. */
export const LAST = 8;

const PATH_BYTES = 200;
const USER_AGENT_BYTES = 160;
/** So many characters never have to be cut: none takes more than three bytes. */
const SHORT = Math.floor(PATH_BYTES / 3);

/** The most texts to cache; others are cut again for each sample. */
const MAX_TEXTS = 20_000;

/** Reads the fields of a record that evidence needs, cut short. */
export interface Sampler<T> {
  method(record: T): string;
  path(record: T): string;
  status(record: T): number;
  agent(record: T): string | null;
}

/** A record as evidence. */
export function evidenceOf<T extends { timestamp: number }>(
  sampler: Sampler<T>,
  record: T,
): Evidence {
  return {
    timestamp: record.timestamp,
    method: sampler.method(record),
    path: sampler.path(record),
    status: sampler.status(record),
    user_agent: sampler.agent(record),
  };
}

/**
 * Makes a sampler of requests. Equal texts are cut and stored once, as every block of the log has
 * its own copies.
 */
export function requestSampler(): Sampler<RequestRecord> {
  const pathOf = cutOnce(PATH_BYTES);
  const agentOf = cutOnce(USER_AGENT_BYTES);
  return {
    method: ({ method }) => cutBytes(method, 16),
    path(record) {
      const path = shownPath(record);
      // Most are short: looking one up costs more than keeping it.
      return path.length <= SHORT ? wellFormed(path) : pathOf(path);
    },
    status: ({ status }) => status,
    agent: ({ user_agent }) => user_agent === null ? null : agentOf(user_agent),
  };
}

/** The requested path; with the host for a proxy request to another host. */
function shownPath({ path, host, signals }: RequestRecord): string {
  return host === null || (signals & BIT.proxy) === 0 || path.includes(host)
    ? path
    : `//${host}${path.startsWith("/") ? path : `/${path}`}`;
}

function cutOnce(bytes: number): (text: string) => string {
  let known: Map<string, string> | undefined;
  return (text) => {
    let cut = known?.get(text);
    if (cut === undefined) {
      cut = cutBytes(text, bytes);
      known ??= new Map();
      if (known.size < MAX_TEXTS) known.set(text, cut);
    }
    return cut;
  };
}

/** The response status of each login outcome. */
const LOGIN_STATUS: Record<LoginOutcome, number> = {
  success: 303,
  wrong: 401,
  code: 401,
  limited: 429,
};

/** A login attempt, as evidence like that of requests. */
export const LOGIN_SAMPLER: Sampler<LoginEvent> = {
  method: () => "POST",
  path: ({ account, outcome }) =>
    `/login (account ${account.slice(0, 8)}, ${outcome})`,
  status: ({ outcome }) => LOGIN_STATUS[outcome],
  agent: () => null,
};

/**
 * The first and last few of two samples of evidence, by time, without duplicates. Merging a sample
 * with a part of itself returns it unchanged, so recording an hour twice has no effect.
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
