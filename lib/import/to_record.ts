import {
  pathOf,
  recordedMethod,
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { loggedSignalsOf } from "../signals/logged_signals.ts";
import { memo } from "../base/memo.ts";
import { cutBytes } from "../base/text.ts";
import type { LogEntry } from "./entry.ts";

const ABSOLUTE = /^[a-z][a-z\d+.-]{0,20}:\/\//i;

/** A log says the same of many requests: what is recorded of it and seen in it is found out once. */
const agents = memo((userAgent) => ({
  recorded: recordedUserAgent(userAgent),
  signals: loggedSignalsOf({
    method: "GET",
    target: "/",
    user_agent: userAgent,
  }),
}));
const referrers = memo((referrer) => ({
  recorded: recordedReferrer(referrer),
  signals: loggedSignalsOf({ method: "GET", target: "/", referrer }),
}));
const targets = memo((target) => ({
  recorded: recordedPath(pathIn(target)),
  signals: loggedSignalsOf({ method: "GET", target }),
}));
const methods = memo((method) => ({
  recorded: recordedMethod(method),
  signals: loggedSignalsOf({ method, target: "/" }),
}), 256);
const NOTHING = { recorded: null, signals: 0 };

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
  const { target, status, username, userAgent, referrer, host } = entry;
  const method = entry.method === null ? null : methods(entry.method);
  const path = method === null ? null : targets(target);
  const agent = userAgent === null ? NOTHING : agents(userAgent);
  const from = referrer === null ? NOTHING : referrers(referrer);
  return {
    timestamp: entry.time,
    ip_address: ip,
    method: method?.recorded ?? "-",
    path: path?.recorded ?? "-",
    status,
    duration_ms: entry.durationMs,
    country_code: null,
    city: null,
    user_agent: agent.recorded,
    referrer: from.recorded,
    // What was typed into a refused login is not a name yet, and may be a password.
    username: username && status !== 401 ? cutBytes(username, 128) : null,
    outcome: "allowed",
    host: host && cutBytes(host.toLowerCase(), 255),
    signals: (method?.signals ?? 0) | (path?.signals ?? 0) | agent.signals |
      from.signals,
    rule: null,
    asn: null,
    operator: null,
    flags: 0,
  };
}

function pathIn(target: string): string {
  if (target.startsWith("/") || !ABSOLUTE.test(target)) return bare(target);
  return pathOf(target);
}

function bare(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}
