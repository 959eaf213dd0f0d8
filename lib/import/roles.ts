import { durationMs, readDuration, type Unit } from "./duration.ts";
import { isMethod, type LogEntry, present, splitRequest } from "./entry.ts";
import { decodePercent, unescapeField, unescapeTarget } from "./escapes.ts";
import { parseEpoch, parseLogTime } from "./log_time.ts";

/** The meaning of a line's field; unnamed ones are `ignore`. */
export type Role =
  | "ignore"
  | "time"
  | "date"
  /** Month, day and year separated by slashes. */
  | "date_us"
  /** Year, month and day, two digits each: `250517`. */
  | "date_short"
  | "clock"
  | "peer"
  /** An address that always has a port after it, so that `2001:db8::5:2824` is not ambiguous. */
  | "peer_port"
  | "forwarded"
  | "request"
  | "method"
  | "target"
  | "path"
  | "query"
  | "status"
  | "s"
  | "ms"
  | "us"
  | "ns"
  /** `0/0/1/11/12` of HAProxy and others: the last one is the total, in milliseconds. */
  | "timers"
  /** Seconds separated by spaces, to be added, as AWS' balancers write them; -1 is unknown. */
  | "seconds_sum"
  | "agent"
  | "referrer"
  | "user"
  | "host";

/** How a format escapes special characters in its fields. */
export type Escaping = "backslash" | "percent" | "plus" | "hash" | "none";

/** Values of a line, collected before they become an entry. */
export interface Gathered extends LogEntry {
  hasRequest: boolean;
  date: string | null;
  clock: string | null;
  path: string | null;
  query: string | null;
}

const HOST = /^[\w.:*[\]-]+$/;
const TIME = /^\d{4}-\d\d-\d\dT/;

/** An empty entry. */
export function gather(): Gathered {
  return {
    time: null,
    peer: null,
    forwarded: null,
    method: null,
    target: "-",
    status: 0,
    durationMs: null,
    userAgent: null,
    referrer: null,
    username: null,
    host: null,
    hasRequest: false,
    date: null,
    clock: null,
    path: null,
    query: null,
  };
}

/** Puts a field into an entry; false if the value is not valid for the field. */
export function take(
  into: Gathered,
  role: Role,
  raw: string,
  escaping: Escaping = "backslash",
): boolean {
  switch (role) {
    case "time":
      into.time = parseLogTime(raw);
      return into.time !== null || raw === "-" || raw === "";
    case "date":
      into.date = raw;
      return true;
    case "date_us": {
      const [month = "", day = "", year = ""] = raw.split("/");
      const whole = year.length === 2 ? `20${year}` : year;
      into.date = `${whole}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
      return true;
    }
    case "date_short":
      into.date = raw.replace(/^(..)(..)(..)$/, "20$1-$2-$3");
      return true;
    case "clock":
      into.clock = raw.padStart(8, "0");
      return true;
    case "peer":
      into.peer ??= present(raw);
      return true;
    case "peer_port":
      into.peer ??= withoutPort(present(raw));
      return true;
    case "forwarded":
      into.forwarded ??= present(unescaped(raw, escaping));
      return true;
    case "request": {
      const { method, target } = splitRequest(raw);
      into.method = method;
      // HAProxy writes `#22` for a quote, and `#23` for a number sign.
      into.target = escaping === "hash"
        ? target.replace(/#([\da-f]{2})/gi, "%$1")
        : unescapeTarget(target);
      into.hasRequest = true;
      return true;
    }
    case "method":
      if (raw !== "-" && !isMethod(raw)) return false;
      into.method = present(raw);
      into.hasRequest = true;
      return true;
    case "target":
      into.target = unescapeTarget(raw);
      return true;
    case "path":
      into.path = raw;
      return true;
    case "query":
      into.query = present(raw);
      return true;
    case "status":
      into.status = readStatus(raw);
      return into.status > 0;
    case "s":
    case "ms":
    case "us":
    case "ns":
      into.durationMs ??= readDuration(raw, role as Unit);
      return true;
    case "timers": {
      const last = raw.slice(raw.lastIndexOf("/") + 1).replace(/^\+/, "");
      into.durationMs ??= readDuration(last, "ms");
      return true;
    }
    case "seconds_sum": {
      const parts = raw.split(" ").map(Number);
      if (parts.some((part) => !(part >= 0))) return true;
      const sum = parts.reduce((all, part) => all + part, 0);
      into.durationMs ??= durationMs(sum, "s");
      return true;
    }
    case "agent":
      into.userAgent ??= present(unescaped(raw, escaping));
      return true;
    case "referrer":
      into.referrer ??= present(unescaped(raw, escaping));
      return true;
    case "user":
      // Fastly puts quotes around an absent value.
      into.username ??= raw === '"-"'
        ? null
        : present(unescaped(raw, escaping));
      return true;
    case "host":
      if (raw !== "" && (!HOST.test(raw) || TIME.test(raw))) return false;
      into.host ??= present(raw);
      return true;
    case "ignore":
      return true;
  }
}

/** Converts the collected values to an entry; null if it was no request. */
export function finish(gathered: Gathered): LogEntry | null {
  const { date, clock, path, query } = gathered;
  if (date !== null && clock !== null) {
    gathered.time = parseLogTime(`${date} ${clock}`);
  }
  if (path !== null && gathered.target === "-") {
    gathered.target = query === null || path.includes("?")
      ? path
      : `${path}?${query}`;
  }
  if (gathered.status === 0) return null;
  if (!gathered.hasRequest && gathered.target === "-") return null;
  return gathered;
}

/** A status code, or 0. */
export function readStatus(raw: string): number {
  if (raw.length !== 3) return 0;
  const status = Number(raw);
  return status >= 100 && status <= 599 && Number.isInteger(status)
    ? status
    : 0;
}

/** A time as a JSON value. */
export function readTime(value: unknown): number | null {
  if (typeof value === "number") return parseEpoch(value);
  // Tomcat keeps the brackets.
  return typeof value === "string"
    ? parseLogTime(value.replace(/^\[(.*)\]$/, "$1"))
    : null;
}

function unescaped(raw: string, escaping: Escaping): string {
  if (escaping === "backslash") return unescapeField(raw);
  if (escaping === "percent") return decodePercent(raw);
  return escaping === "plus" ? raw.replaceAll("+", " ") : raw;
}

/**
 * `192.0.2.7:80` and `2001:db8::7:80`, with or without brackets, without the part after the last
 * colon.
 */
export function withoutPort(text: string | null): string | null {
  if (text === null) return null;
  const colon = text.lastIndexOf(":");
  const bare = colon < 0 || text.endsWith("]") ? text : text.slice(0, colon);
  return bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare;
}
