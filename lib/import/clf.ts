import { durationMs, readDuration, wordedDuration } from "./duration.ts";
import { type LogEntry, present, splitRequest } from "./entry.ts";
import { unescapeField, unescapeTarget } from "./escapes.ts";
import { parseLogTime } from "./log_time.ts";
import { readStatus } from "./roles.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** Facts about a layout that only several of a file's lines show. */
export interface ClfLayout {
  /** The user agent comes before the referrer. */
  isSwapped: boolean;
  /** Of two addresses at the start, the first is from the forwarding header. */
  isForwardedFirst: boolean;
  /** A whole number at the end is the duration in microseconds, as Apache's `%D`. */
  isMicroseconds: boolean;
}

const UNKNOWN: ClfLayout = {
  isSwapped: false,
  isForwardedFirst: false,
  isMicroseconds: false,
};

const IP_LIKE =
  /^\[?(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?(?:%[\w.-]{1,32})?)\]?(?::\d{1,5})?$/i;
const HOST_LIKE = /^(?=[^-])[a-z\d_.-]*[a-z\d](?::\d{1,5})?$/i;
const URL_LIKE = /^(?:[a-z][a-z\d+.-]*:\/\/|\/|android-app:)/i;
const REQUEST_LIKE = /^[A-Z][A-Z_-]{1,15} \S.* HTTP\/\d/;
/** nginx' `$request_time` has three decimals, Rack's logger four, gunicorn's `%(L)s` six. */
const SECONDS = /^\d+\.\d{3,6}$/;
const NAMED_SECONDS =
  /^(?:rt|req_?time|request_time|time|duration|took|t)[=:](\d+\.\d+)$/i;
/** The name that Apache's documentation uses for it: `D=%D`. */
const NAMED_MICROSECONDS = /^(?:D|us|usec|micros(?:econds)?)[=:](\d{1,10})$/;
const EPOCH = /^1\d{9}(?:\.\d{3})?$/;
const AGENT = /^[A-Za-z][\w.-]*\/\d/;
/** A unit that stands behind its number, as in morgan's `:response-time ms`. */
const UNIT = /^(?:[nuµμm]?s|sec)$/;
/** cPanel's time, the port of which stands at the end. */
const CPANEL_TIME = /^\d\d\/\d\d\/\d{4}:/;
const METHOD = /^[A-Z][A-Z_-]{2,15}$/;
const CLOCK = /^\d\d:\d\d:\d\d/;
const HOPS =
  /^[\da-f.:[\], \t]+$|^(?:unknown|[\da-f.:[\]]+)(?:, ?(?:unknown|[\da-f.:[\]]+))+$/i;

/**
 * Reads a line of the common log format family: addresses and names, a time in brackets, the
 * request in quotes, a status, a size; then referrer and user agent, each in quotes; then any
 * fields a site has added. Fields are recognised by their content, so the server does not matter:
 * Apache, nginx, lighttpd, Traefik, gunicorn, Tomcat, Varnish, Caddy.
 *
 * Null if the line is none of these. Takes time linear in the line's length.
 */
export function readClf(
  line: string,
  layout: ClfLayout = UNKNOWN,
): LogEntry | null {
  let tokens = tokensOf(line);
  if (tokens === null) return null;
  let timeAt = -1;
  let time: number | null = null;
  for (let i = 0; i < tokens.length && i < 12; i++) {
    const { kind, text } = tokens[i]!;
    if (kind === "quoted" && REQUEST_LIKE.test(text)) break;
    if (kind === "word" && text.length < 19 && (i > 0 || !EPOCH.test(text))) {
      continue;
    }
    time = parseLogTime(text);
    if (time !== null) {
      timeAt = i;
      break;
    }
    // If the time cannot be parsed, its brackets still show where the request begins.
    if (kind === "bracketed" && /^\d\d\/\w{3}\/\d{4}/.test(text)) {
      timeAt = i;
      break;
    }
  }
  if (timeAt < 0 || isCarried(tokens, timeAt)) return null;
  let requestAt = findRequest(tokens, timeAt);
  if (requestAt < 0) {
    tokens = withBareRequest(tokens, timeAt + 1);
    if (tokens === null) return null;
    requestAt = timeAt + 1;
  }
  const statusAt = requestAt + 1;
  const status = readStatus(tokens[statusAt]?.text ?? "");
  if (status === 0 || tokens[statusAt]!.kind !== "word") return null;

  // Apache's ssl_request_log has a size in this position, and no status.
  if (timeAt === 0 && statusAt === tokens.length - 1) {
    if (tokens.some(({ text }) => /^(?:TLS|SSL)v/.test(text))) return null;
  }

  const request = splitRequest(tokens[requestAt]!.text);
  const entry: LogEntry = {
    time,
    peer: null,
    forwarded: null,
    method: request.method,
    target: unescapeTarget(request.target),
    status,
    durationMs: null,
    userAgent: null,
    referrer: null,
    username: null,
    host: null,
  };
  // Between the time and the request: a virtual host.
  const between = timeAt > 0 && requestAt === timeAt + 2 && tokens[timeAt + 1];
  if (
    between && between.kind === "word" && HOST_LIKE.test(between.text) &&
    /[a-z].*\.|\..*[a-z]/i.test(between.text)
  ) entry.host = between.text;
  const front = timeAt > 0
    ? tokens.slice(0, timeAt)
    : tokens.slice(1, requestAt);
  const hasAddress = readFront(line, front, entry, layout);
  readBack(line, tokens, statusAt + 1, entry, layout);
  if (CPANEL_TIME.test(tokens[timeAt]!.text)) entry.durationMs = null;
  if (timeAt > 0 && !hasAddress) {
    // A host name instead of an address still makes a request; other words do not.
    const first = tokens[0]!;
    if (first.text !== "-" && !HOST_LIKE.test(first.text)) return null;
  }
  return entry;
}

/** Whether the start of the line is a log carrier's prefix: a second time, or a machine's name. */
function isCarried(tokens: readonly Token[], timeAt: number): boolean {
  const { kind } = tokens[timeAt]!;
  if (timeAt === 0 && kind === "word" && !isHop(tokens[1]?.text ?? "")) {
    return true;
  }
  for (let i = 0; i < tokens.length && i < 12; i++) {
    const token = tokens[i]!;
    if (i < timeAt) {
      if (token.kind === "word" && CLOCK.test(token.text)) return true;
    } else if (i > timeAt) {
      if (token.kind === "quoted") return false;
      if (token.kind === "bracketed" && parseLogTime(token.text) !== null) {
        return true;
      }
    }
  }
  return false;
}

/**
 * The tokens with a request that has no quotes as one: `GET /a HTTP/1.1`, and Tomcat's `%m %U %q %H`,
 * which has a space before the query.
 */
function withBareRequest(tokens: readonly Token[], at: number): Token[] | null {
  if (!METHOD.test(tokens[at]?.text ?? "")) return null;
  const [first, target, query] = tokens.slice(at, at + 3);
  const hasQuery = query?.text.startsWith("?") ?? false;
  const last = at + (hasQuery ? 3 : 2);
  const protocol = tokens[last]?.text ?? "";
  if (
    !/^\/|^[a-z]+:\/\//.test(target?.text ?? "") || !/^HTTP\/\d/.test(protocol)
  ) {
    return null;
  }
  const text = `${first!.text} ${target!.text}${
    hasQuery ? query!.text : ""
  } ${protocol}`;
  const whole: Token = {
    kind: "quoted",
    text,
    start: first!.start,
    end: tokens[last]!.end,
  };
  return [...tokens.slice(0, at), whole, ...tokens.slice(last + 1)];
}

/** Index of the quoted field that is the request; after the time, it may hold anything. */
function findRequest(tokens: readonly Token[], timeAt: number): number {
  const first = tokens[timeAt + 1];
  const isNext = first?.kind === "quoted";
  // The status follows the request; a quoted host may come before it.
  for (let i = timeAt + 1; i < tokens.length && i < timeAt + 10; i++) {
    const { kind, text } = tokens[i]!;
    if (kind !== "quoted") continue;
    if (REQUEST_LIKE.test(text)) return i;
    if (readStatus(tokens[i + 1]?.text ?? "") > 0) return i;
  }
  return isNext ? timeAt + 1 : -1;
}

/**
 * Reads the fields before the time: a virtual host, the client and the hops before it, a user name;
 * returns whether there is an address.
 */
function readFront(
  line: string,
  tokens: readonly Token[],
  entry: LogEntry,
  layout: ClfLayout,
): boolean {
  const timeAt = tokens.length;
  const lists: string[] = [];
  let at = 0;
  while (at < timeAt) {
    const { text, kind } = tokens[at]!;
    if (kind === "quoted" ? HOPS.test(text) && /\d/.test(text) : isHop(text)) {
      let list = text;
      // `%{X-Forwarded-For}i` without quotes: spaces after the commas.
      while (list.endsWith(",") && at + 1 < timeAt) {
        list += ` ${tokens[++at]!.text}`;
      }
      lists.push(list);
      at++;
      if (lists.length === 2) break;
    } else if (lists.length > 0) break;
    else {
      // A virtual host comes before the address, if there is one.
      if (
        at === 0 && kind === "word" && text !== "-" && HOST_LIKE.test(text)
      ) entry.host = text;
      if (at > 2) break;
      at++;
    }
  }
  if (lists.length === 0) {
    const isName = entry.host !== null;
    if (isName) entry.host = null;
    entry.username = nameBetween(line, tokens, 2, timeAt);
    return false;
  }
  const [first = "", second] = lists;
  if (second === undefined) {
    if (first.includes(",")) entry.forwarded = first;
    else entry.peer = first;
  } else {
    const isFirstList = first.includes(",") ||
      layout.isForwardedFirst && !second.includes(",");
    entry.forwarded = isFirstList ? first : second;
    entry.peer = isFirstList ? second : first;
  }
  // Then `%l %u`; lighttpd writes the host instead of the first.
  const ident = tokens[at];
  if (ident !== undefined && at < timeAt && entry.host === null) {
    if (ident.text.includes(".") && HOST_LIKE.test(ident.text)) {
      entry.host = ident.text;
    }
  }
  // Older ingress-nginx repeats the address, in brackets, before the name.
  const again = tokens[at + 1];
  if (again?.kind === "bracketed" && isHops(again.text)) {
    if (again.text.includes(",")) entry.forwarded ??= again.text;
    at += 2;
  }
  entry.username = nameBetween(line, tokens, at + 1, timeAt);
  return true;
}

/** A name may contain spaces. */
function nameBetween(
  line: string,
  tokens: readonly Token[],
  from: number,
  to: number,
): string | null {
  if (from >= to) return null;
  const raw = to - from === 1
    ? tokens[from]!.text
    : line.slice(tokens[from]!.start, tokens[to - 1]!.end);
  return present(unescapeField(raw));
}

/** Reads the fields after the status: size, referrer, user agent, and a site's own fields. */
function readBack(
  line: string,
  tokens: readonly Token[],
  from: number,
  entry: LogEntry,
  layout: ClfLayout,
): void {
  const quotes: string[] = [];
  const numbers: string[] = [];
  let lastQuote = from;
  for (let i = from; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind === "quoted") {
      quotes.push(text);
      if (quotes.length <= 2) lastQuote = i + 1;
    }
  }
  if (quotes.length === 1) {
    const only = unescapeField(quotes[0]!);
    if (URL_LIKE.test(only)) entry.referrer = only;
    else if (!HOPS.test(only) || !/\d/.test(only)) {
      entry.userAgent = present(only);
    } else lastQuote = from;
  } else if (quotes.length > 1) {
    // Some hosts have the site's name before them.
    const skip = hasHostFirst(quotes) ? 1 : 0;
    if (skip > 0) entry.host ??= quotes[0]!;
    const [first, second] = layout.isSwapped ? [1, 0] : [skip, skip + 1];
    entry.referrer = present(unescapeField(quotes[first]!));
    entry.userAgent = present(unescapeField(quotes[second]!));
    // What does not escape quotes has its last field up to the line's last quote.
    const isOpen = second > 0 && /(?<!\\)"/.test(quotes[second]!);
    if (isOpen) {
      entry.userAgent = line.endsWith('"')
        ? line.slice(tokens[lastQuote - 1]!.start + 1, -1)
        : null;
      return;
    }
  }
  // APISIX writes the duration directly after the size.
  for (const { kind, text } of tokens.slice(from + 1, lastQuote)) {
    if (kind === "quoted") break;
    if (SECONDS.test(text)) numbers.push(text);
  }
  // The size comes first, and may be any number.
  const extras = tokens.slice(Math.max(lastQuote, from + 1));
  for (let i = 0; i < extras.length; i++) {
    const { kind, text } = extras[i]!;
    const value = present(text);
    if (value === null) continue;
    if (kind === "word") {
      // An unquoted list of hops continues after its commas.
      let list = value;
      while (list.endsWith(",") && i + 1 < extras.length) {
        list += ` ${extras[++i]!.text}`;
      }
      if (list.includes(",") ? HOPS.test(list) : isAddress(list)) {
        entry.forwarded ??= /:\d+$/.test(list) && list.includes(".") &&
            !hasClientPort(list)
          ? null
          : list;
        continue;
      }
      const isUnit = UNIT.test(value) &&
        /^\d+(?:\.\d+)?$/.test(numbers.at(-1) ?? "");
      if (isUnit) {
        numbers.push(`${numbers.pop()}${value.slice(0, 2).replace("se", "s")}`);
      } else numbers.push(value);
    } else if (kind === "quoted") {
      if (HOPS.test(value) && /[.:]/.test(value) && isHops(value)) {
        entry.forwarded ??= value;
      } else if (SECONDS.test(value)) numbers.push(value);
    }
  }
  const isOdoo = tokens[from]?.text === "-" && numbers.length === 3 &&
    /^\d+$/.test(numbers[0]!) && numbers.slice(1).every((n) => SECONDS.test(n));
  // PHP's process manager ends with the share of a processor.
  const isPhp = /^\d+\.\d+%$/.test(tokens.at(-1)!.text);
  entry.durationMs = isOdoo
    ? durationMs(Number(numbers[1]) + Number(numbers[2]), "s")
    : isPhp
    ? readDuration(numbers.find((n) => SECONDS.test(n)) ?? "", "ms")
    : durationOf(numbers, layout.isMicroseconds);
}

/** Whether the first of these fields is the site's name, then referrer and user agent. */
function hasHostFirst(
  [host = "", referrer = "", agent = ""]: readonly string[],
): boolean {
  return host.includes(".") && HOST_LIKE.test(host) &&
    (referrer === "-" || URL_LIKE.test(referrer)) &&
    /^[A-Za-z][^/]*\/\d/.test(agent);
}

/**
 * Whether a text of address characters only is a list of hops, not of upstreams with their ports.
 */
function isHops(text: string): boolean {
  return text.split(",").every((hop) => {
    const bare = hop.trim();
    return IP_LIKE.test(bare) && (isAddress(bare) || hasClientPort(bare));
  });
}

function isHop(text: string): boolean {
  if (text.endsWith(",")) text = text.slice(0, -1);
  const code = text.charCodeAt(0);
  const canBegin = code >= 48 && code <= 58 || code === 91 ||
    (code | 32) >= 97 && (code | 32) <= 102;
  return canBegin && (IP_LIKE.test(text) || text.includes(",") && isHops(text));
}

/** An address without a port, or in brackets. */
function isAddress(text: string): boolean {
  if (!IP_LIKE.test(text)) return false;
  return text.includes(".") && !text.includes("::")
    ? !/:\d+$/.test(text)
    : !/\]:\d+$/.test(text) && text.includes(":");
}

/** Servers listen on low ports, clients get high ones. */
function hasClientPort(text: string): boolean {
  const port = /:(\d{1,5})$/.exec(text);
  return port !== null && Number(port[1]) >= 10_000;
}

/** The duration, from the numbers at the end of a line, if one can be identified. */
function durationOf(
  numbers: readonly string[],
  isMicroseconds: boolean,
): number | null {
  for (const text of numbers) {
    if (/^\d[\dhm.]*[nuµμm]?s$/.test(text)) return wordedDuration(text);
    const named = NAMED_SECONDS.exec(text);
    if (named) return readDuration(named[1]!, "s");
  }
  const seconds = numbers.find((text) => SECONDS.test(text));
  if (seconds !== undefined) return readDuration(seconds, "s");
  // Apache's %T/%D.
  const both = numbers.map((text) =>
    (/^\**\d{1,6}\/(\d{1,10})\**$/.exec(text) ??
      NAMED_MICROSECONDS.exec(text))?.[1]
  ).find(Boolean);
  if (both) return readDuration(both, "us");
  const whole = numbers.filter((text) => /^\d{1,10}$/.test(text));
  // Several may be bytes in and out.
  return numbers.length === 1 && whole.length === 1 && isMicroseconds
    ? readDuration(whole[0]!, "us")
    : null;
}

/** Learns from a file's first lines what a single line does not show. */
export function learnClf(lines: readonly string[]): ClfLayout {
  let swapped = 0;
  let forwardedFirst = 0;
  const durations: number[] = [];
  for (const line of lines) {
    const tokens = tokensOf(line);
    if (tokens === null) continue;
    const quotes = tokens.filter(({ kind }) => kind === "quoted");
    const last = /^\d{1,10}$/.exec(tokens.at(-1)?.text ?? "")?.[0];
    if (last !== undefined) durations.push(Number(last));
    // A request without quotes is none of them.
    const isBare = AGENT.test(quotes[0]?.text ?? "");
    const [first, second] = quotes.slice(isBare ? 0 : 1);
    if (first && second) {
      const isAgent = AGENT.test(first.text);
      if (isAgent && (URL_LIKE.test(second.text) || second.text === "-")) {
        swapped++;
      }
      if (URL_LIKE.test(first.text)) swapped--;
    }
    const [a, b] = tokens;
    if (a && b && isHop(b.text)) {
      if (a.text === "-") forwardedFirst++;
      if (a.text.includes(",") || a.text === "unknown") forwardedFirst++;
    }
  }
  return {
    isSwapped: swapped > 0,
    isForwardedFirst: forwardedFirst > 0,
    isMicroseconds: areMicroseconds(durations),
  };
}

/**
 * Whether durations without a unit are Apache's `%D`. Others write milliseconds (Netty, Jetty,
 * Undertow) or seconds (`%T`): some of these are small, and few are above a second.
 */
function areMicroseconds(durations: number[]): boolean {
  durations.sort((a, b) => a - b);
  const [least = 0] = durations;
  const median = durations[durations.length >> 1] ?? 0;
  return median >= 1_000 || least >= 50 && durations.at(-1)! >= 10_000;
}
