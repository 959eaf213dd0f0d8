import type { LogEntry } from "./entry.ts";
import { parseLogTime } from "./log_time.ts";
import { type Escaping, finish, gather, type Role, take } from "./roles.ts";
import { tokensOf } from "./tokens.ts";

/** W3C's extended log format: https://www.w3.org/TR/WD-logfile.html */
const COLUMNS: Record<string, Role> = {
  "date": "date",
  "time": "clock",
  "timestamp": "time",
  "c-ip": "peer",
  "x-forwarded-for": "forwarded",
  "cs(x-forwarded-for)": "forwarded",
  "cs-method": "method",
  "cs-uri": "target",
  "cs-uri-stem": "path",
  "cs-uri-query": "query",
  "sc-status": "status",
  "cs(user-agent)": "agent",
  "cs(referer)": "referrer",
  "cs(referrer)": "referrer",
  "cs-username": "user",
  "cs-host": "host",
  "cs(host)": "host",
  "x-host-header": "host",
};

/** Reads W3C's extended format: the last `#Fields` defines the columns. */
export interface W3cReader {
  read(line: string): LogEntry | "note" | null;
  isDirective(line: string): boolean;
}

/** Creates a reader of W3C's extended format; IIS, CloudFront and others write it. */
export function w3cReader(header = "x-forwarded-for"): W3cReader {
  let roles: Role[] = [];
  let day: string | null = null;
  let escaping: Escaping = "plus";
  let isTabbed = false;
  let durationAt = -1;
  let isSeconds = false;

  function direct(line: string): void {
    const [, name = "", value = ""] = /^#(\S+?):\s*(.*)$/.exec(line) ?? [];
    if (name === "Date") {
      day = /\d{4}-\d\d-\d\d/.exec(value)?.[0] ?? null;
    }
    if (name !== "Fields") return;
    const names = value.trim().toLowerCase().split(/\s+/);
    escaping = names.some((name) => name.startsWith("x-edge-"))
      ? "percent"
      : "plus";
    isTabbed = escaping === "percent" || /\S\t\S/.test(value);
    durationAt = names.indexOf("time-taken");
    // ASP.NET Core writes milliseconds with four decimals; CloudFront seconds with three.
    isSeconds = !names.includes("s-computername");
    roles = names.map((name) => {
      const role = COLUMNS[name] ?? "ignore";
      const claim = role === "forwarded" || name === header ||
        name === `cs(${header})`;
      if (!claim) return role;
      return name === header || name === `cs(${header})`
        ? "forwarded"
        : "ignore";
    });
  }

  function read(line: string): LogEntry | "note" | null {
    if (line.startsWith("#")) {
      direct(line);
      return "note";
    }
    if (roles.length === 0) return null;
    const cells = cellsOf(line, roles.length, isTabbed);
    if (cells === null) return null;
    const entry = gather();
    for (let i = 0; i < roles.length; i++) {
      if (!take(entry, roles[i]!, cells[i]!, escaping)) return null;
    }
    if (entry.date === null) entry.date = day;
    if (durationAt >= 0) {
      // IIS writes milliseconds, CloudFront seconds with three decimals.
      const taken = cells[durationAt]!;
      take(entry, isSeconds && taken.includes(".") ? "s" : "ms", taken);
    }
    const request = finish(entry);
    if (request !== null && entry.time === null && entry.date === null) {
      request.time = entry.clock === null ? null : parseLogTime(entry.clock);
    }
    return request;
  }

  return { read, isDirective: (line) => /#(?:Fields|Date)/.test(line) };
}

/**
 * As many cells as there are names, or null; quoted fields are only supported if the line does not
 * fit otherwise.
 */
function cellsOf(
  line: string,
  count: number,
  isTabbed: boolean,
): string[] | null {
  const plain = isTabbed && line.includes("\t")
    ? line.split("\t")
    : line.trimEnd().split(/[ \t]+/);
  if (plain.length === count) return plain;
  if (!line.includes('"')) return null;
  const tokens = tokensOf(line);
  return tokens?.length === count ? tokens.map(({ text }) => text) : null;
}
