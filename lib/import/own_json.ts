import {
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import {
  type Outcome,
  OUTCOMES,
  type RequestRecord,
  UNKNOWN,
} from "../log/request_record.ts";
import { isSignal, signalMask } from "../signals/signal.ts";
import { canonicalIp } from "../net/ip.ts";
import { cutBytes } from "../base/text.ts";
import { DAY } from "../base/duration.ts";

const TIME =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const METHOD = /^[!#$%&'*+.^_`|~\w-]{1,16}$/;

/**
 * Reads a request as the API and `export requests --format json` write it: one object per line, or
 * the lines of an array. Null if it is none; never throws.
 *
 * `timestamp`, `ip_address`, `method`, `path` and `status` are required, the others are optional.
 */
export function parseJsonItem(line: string): RequestRecord | null {
  const item = parseObject(line.trim().replace(/,$/, ""));
  if (item === null) return null;
  const { timestamp, ip_address, method, path, status, outcome } = item;
  if (typeof timestamp !== "string" || !TIME.test(timestamp)) return null;
  const time = Date.parse(timestamp);
  // Date.parse() accepts 30 February as 1 March.
  const day = new Date(Date.parse(`${timestamp.slice(0, 10)}T00:00:00Z`));
  if (!(time >= 0) || day.getUTCDate() !== Number(timestamp.slice(8, 10))) {
    return null;
  }
  const ipAddress = typeof ip_address === "string"
    ? canonicalIp(ip_address)
    : null;
  if (ipAddress === null || typeof path !== "string") return null;
  if (typeof method !== "string" || !METHOD.test(method)) return null;
  if (!isBetween(status, 100, 599) || !Number.isInteger(status)) return null;
  if (outcome !== undefined && !isOutcome(outcome)) return null;
  const code = text(item.country_code);
  return {
    ...UNKNOWN,
    timestamp: time,
    ip_address: ipAddress,
    method,
    path: recordedPath(path.replace(/[?#].*$/s, "")),
    status,
    duration_ms: isBetween(item.duration_ms, 0, DAY) ? item.duration_ms : null,
    country_code: code && /^[A-Z]{2}$/.test(code) ? code : null,
    city: cut(item.city, 128),
    user_agent: recordedUserAgent(text(item.user_agent)),
    referrer: recordedReferrer(text(item.referrer)),
    username: cut(item.username, 128),
    outcome: outcome ?? "allowed",
    host: cut(item.host, 255),
    signals: Array.isArray(item.signals)
      ? signalMask(item.signals.filter(isSignal))
      : 0,
    rule: cut(item.rule, 128),
    asn: isBetween(item.asn, 0, 0xffff_ffff) ? Math.floor(item.asn) : null,
    operator: cut(item.operator, 128),
  };
}

function isOutcome(value: unknown): value is Outcome {
  return (OUTCOMES as readonly unknown[]).includes(value);
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && !Array.isArray(value)
      ? value as Record<string, unknown> | null
      : null;
  } catch {
    return null;
  }
}

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function cut(value: unknown, bytes: number): string | null {
  const found = text(value);
  return found === null ? null : cutBytes(found, bytes);
}
