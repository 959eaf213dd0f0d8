import {
  pathOf,
  recordedMethod,
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import { FLAG, type RequestRecord } from "../log/request_record.ts";
import { loggedSignalsOf } from "../signals/logged_signals.ts";
import { onlyNamesPage } from "../signals/page_name.ts";
import { memo } from "../base/memo.ts";
import { cutBytes } from "../base/text.ts";
import type { LogEntry } from "./entry.ts";

const ABSOLUTE = /^[a-z][a-z\d+.-]{0,20}:\/\//i;

/** The recorded form of a text, and the signals found in it. */
export interface About {
  recorded: string | null;
  signals: number;
}

/** The same for a request line. */
export interface AboutRequest {
  method: string;
  path: string;
  signals: number;
  flags: number;
}

/** For an absent value. */
export const NOTHING: About = { recorded: null, signals: 0 };

/** For a user agent. */
export function agentOf(userAgent: string): About {
  return {
    recorded: recordedUserAgent(userAgent),
    signals: loggedSignalsOf({
      method: "GET",
      target: "/",
      user_agent: userAgent,
    }),
  };
}

/** For a referrer. */
export function referrerOf(referrer: string): About {
  return {
    recorded: recordedReferrer(referrer),
    signals: loggedSignalsOf({ method: "GET", target: "/", referrer }),
  };
}

/** For a method. */
function methodOf(method: string): { recorded: string; signals: number } {
  return {
    recorded: recordedMethod(method),
    signals: loggedSignalsOf({ method, target: "/" }),
  };
}

/** For a target. */
function targetOf(
  target: string,
): { recorded: string; signals: number; flags: number } {
  const signals = loggedSignalsOf({ method: "GET", target });
  return {
    recorded: recordedPath(pathIn(target)),
    signals,
    flags: onlyNamesPage(target, signals) ? FLAG.pageName : 0,
  };
}

/** Values repeat over many requests of a log: each is evaluated once. */
const agents = memo(agentOf);
const referrers = memo(referrerOf);
const targets = memo(targetOf);
const methods = memo(methodOf, 256);
/** One string per address, which does not keep its line in memory. */
const addresses = memo((ip) => ip);

/** For method and target; the caller should cache it. */
export function requestOf(
  method: string,
  target: string,
  aboutTarget = targetOf,
): AboutRequest {
  const verb = methods(method);
  const path = aboutTarget(target);
  return {
    method: verb.recorded,
    path: path.recorded,
    signals: verb.signals | path.signals,
    flags: path.flags,
  };
}

/** A request line that is not HTTP is still a request. */
const NO_HTTP: AboutRequest = {
  method: "-",
  path: "-",
  signals: 0,
  flags: 0,
};

/** Some lines have the target but not the method. */
function withoutMethod(target: string): AboutRequest {
  if (target === "-") return NO_HTTP;
  const { recorded: path, signals, flags } = targets(target);
  return { method: "-", path, signals, flags };
}

/** The recorded user name: text typed into a refused login is not a name, and may be a password. */
export function usernameOf(
  username: string | null,
  status: number,
): string | null {
  return username && status !== 401 ? cutBytes(username, 128) : null;
}

/** The recorded virtual host. */
export function hostOf(host: string | null): string | null {
  return host && cutBytes(host.toLowerCase(), 255);
}

/**
 * The record of a line whose client is known.
 *
 * The outcome is `allowed` whatever the status: a refusal in an imported log was not ours.
 */
export function toRecord(
  entry: LogEntry & { time: number },
  ip: string,
): RequestRecord {
  if (entry.own) return entry.own;
  const { method, target, status, userAgent, referrer } = entry;
  return recordOf({
    time: entry.time,
    ip: addresses(ip),
    request: method === null
      ? withoutMethod(target)
      : requestOf(method, target, targets),
    status,
    durationMs: entry.durationMs,
    agent: userAgent === null ? NOTHING : agents(userAgent),
    referrer: referrer === null ? NOTHING : referrers(referrer),
    username: usernameOf(entry.username, status),
    host: hostOf(entry.host),
  });
}

/** The parts of a record. */
export interface RecordParts {
  time: number;
  ip: string;
  request: AboutRequest;
  status: number;
  durationMs: number | null;
  agent: About;
  referrer: About;
  username: string | null;
  host: string | null;
}

/** Makes a record. */
export function recordOf(parts: RecordParts): RequestRecord {
  const { request, agent, referrer } = parts;
  // Every field by name: a spread object in front of them would be copied as each one is added.
  return {
    timestamp: parts.time,
    ip_address: parts.ip,
    method: request.method,
    path: request.path,
    status: parts.status,
    duration_ms: parts.durationMs,
    country_code: null,
    city: null,
    user_agent: agent.recorded,
    referrer: referrer.recorded,
    username: parts.username,
    outcome: "allowed",
    host: parts.host,
    signals: request.signals | agent.signals | referrer.signals,
    rule: null,
    asn: null,
    operator: null,
    flags: (agent.signals | referrer.signals) === 0 ? request.flags : 0,
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
