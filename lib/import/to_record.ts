import {
  pathOf,
  recordedMethod,
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import { type RequestRecord, UNKNOWN } from "../log/request_record.ts";
import { loggedSignalsOf } from "../signals/logged_signals.ts";
import { cutBytes } from "../base/text.ts";
import type { LogEntry } from "./entry.ts";

const ABSOLUTE = /^[a-z][a-z\d+.-]{0,20}:\/\//i;

/**
 * The record of a line whose client is known.
 *
 * The outcome is `allowed` whatever the status: a refusal in an imported log was not ours. A request
 * line that is no HTTP was a request all the same; its method and path are "-".
 */
export function toRecord(
  entry: LogEntry & { time: number },
  ip: string,
): RequestRecord {
  if (entry.own) return entry.own;
  const { method, target, status, username } = entry;
  const path = target.startsWith("/")
    ? bare(target)
    : ABSOLUTE.test(target)
    ? pathOf(target)
    : bare(target);
  return {
    ...UNKNOWN,
    timestamp: entry.time,
    ip_address: ip,
    method: method === null ? "-" : recordedMethod(method),
    path: recordedPath(path),
    status,
    duration_ms: entry.durationMs,
    country_code: null,
    city: null,
    user_agent: recordedUserAgent(entry.userAgent),
    referrer: recordedReferrer(entry.referrer),
    // What was typed into a refused login is not a name yet, and may be a password.
    username: username && status !== 401 ? cutBytes(username, 128) : null,
    outcome: "allowed",
    signals: signalsOf(method ?? "-", target, entry.userAgent, entry.referrer),
    host: entry.host && cutBytes(entry.host.toLowerCase(), 255),
  };
}

/** A log says the same of many requests; what is seen in them is seen once. */
const seenTargets = new Map<string, number>();
const seenFields = new Map<string, number>();
const MOST_SEEN = 20_000;

function signalsOf(
  method: string,
  target: string,
  user_agent: string | null,
  referrer: string | null,
): number {
  return once(
    seenTargets,
    `${method} ${target}`,
    () => loggedSignalsOf({ method, target }),
  ) |
    once(
      seenFields,
      `${user_agent ?? ""}\n${referrer ?? ""}`,
      () =>
        loggedSignalsOf({ method: "GET", target: "/", user_agent, referrer }),
    );
}

function once(
  seen: Map<string, number>,
  text: string,
  look: () => number,
): number {
  let mask = seen.get(text);
  if (mask === undefined) {
    mask = look();
    if (seen.size >= MOST_SEEN) seen.clear();
    seen.set(text, mask);
  }
  return mask;
}

function bare(target: string): string {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === QUESTION_MARK || code === HASH) return target.slice(0, i);
  }
  return target;
}

const QUESTION_MARK = 63;
const HASH = 35;
