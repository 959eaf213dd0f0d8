import {
  pathOf,
  recordedMethod,
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../http/record_fields.ts";
import { type RequestRecord, UNKNOWN } from "../log/request_record.ts";
import { canonicalIp } from "../net/ip.ts";
import { cutBytes } from "../base/text.ts";
import { parseLogTime } from "./log_time.ts";

/** RFC 9110 §5.6.2. */
const METHOD = /^[!#$%&'*+.^_`|~\w-]{1,16}$/;
const PROTOCOL = / HTTP\/\d(?:\.\d)?$/;
const ABSOLUTE = /^[a-z][a-z\d+.-]{0,20}:\/\//i;
/** Bytes in hexadecimal, or a backslash and what it stands before. */
const ESCAPES = /((?:\\x[\da-f]{2})+)|\\(.)/gi;
const CONTROLS: Record<string, string> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Reads a line of Apache's or nginx's combined log format, or of the common one, which lacks
 * referrer and user agent. Null where it is neither; never throws. Takes time in proportion to the
 * line's length.
 *
 * The outcome is `allowed` whatever the status: a refusal in an imported log was not ours. A
 * request line that is no HTTP (`"-"`, a TLS handshake) was a request all the same; its method and
 * path are "-". Fields after the user agent are ignored.
 */
export function parseCombined(line: string): RequestRecord | null {
  const ipEnd = line.indexOf(" ");
  const identEnd = line.indexOf(" ", ipEnd + 1);
  const timeStart = line.indexOf(" [", identEnd);
  const timeEnd = line.indexOf('] "', timeStart);
  if (ipEnd < 0 || identEnd < 0 || timeEnd < 0) return null;
  if (timeStart <= identEnd) return null;
  const ipAddress = canonicalIp(line.slice(0, ipEnd));
  const timestamp = parseLogTime(line.slice(timeStart + 2, timeEnd));
  if (ipAddress === null || timestamp === null) return null;

  const request = quotedField(line, timeEnd + 2);
  if (request === null) return null;
  const numbers = /^ ([1-5]\d\d) (?:\d{1,19}|-)(?= "| ?$)/.exec(
    line.slice(request.end, request.end + 32),
  );
  if (numbers === null) return null;
  const status = Number(numbers[1]);

  let referrer: string | null = null;
  let userAgent: string | null = null;
  let end = request.end + numbers[0].length;
  if (line.startsWith(' "', end)) {
    const first = quotedField(line, end + 1);
    if (first === null || !line.startsWith(' "', first.end)) return null;
    const second = quotedField(line, first.end + 1);
    if (second === null) return null;
    referrer = unescape(first.raw);
    userAgent = unescape(second.raw);
    end = second.end;
  }
  if (end < line.length && line[end] !== " ") return null;

  // What was typed into a refused login is not a name yet, and may be a password.
  const user = status === 401
    ? null
    : unescape(line.slice(identEnd + 1, timeStart));
  return {
    ...UNKNOWN,
    timestamp,
    ip_address: ipAddress,
    ...requestLine(request.raw),
    status,
    duration_ms: null,
    country_code: null,
    city: null,
    user_agent: recordedUserAgent(userAgent),
    referrer: recordedReferrer(referrer),
    username: user && cutBytes(user, 128),
    outcome: "allowed",
  };
}

/** The text between two quotes, still escaped, and where the line goes on. */
function quotedField(
  line: string,
  start: number,
): { raw: string; end: number } | null {
  if (line[start] !== '"') return null;
  let quote = start;
  while ((quote = line.indexOf('"', quote + 1)) >= 0) {
    let slashes = 0;
    while (line[quote - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) {
      return { raw: line.slice(start + 1, quote), end: quote + 1 };
    }
  }
  return null;
}

function requestLine(raw: string): { method: string; path: string } {
  const line = raw.replace(PROTOCOL, "");
  const space = line.indexOf(" ");
  const method = line.slice(0, Math.max(0, space));
  // A URL's raw bytes are what a browser, or our own server, writes percent-encoded.
  const target = line.slice(space + 1).replace(
    ESCAPES,
    (escape, bytes?: string, char?: string) =>
      bytes ? bytes.replaceAll("\\x", "%") : plain(char) ?? escape,
  );
  if (!METHOD.test(method) || target === "") return { method: "-", path: "-" };
  const path = ABSOLUTE.test(target) ? pathOf(target) : bare(target);
  return { method: recordedMethod(method), path: recordedPath(path) };
}

function bare(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** The text that a server has escaped; null for "-" and for nothing. */
function unescape(raw: string): string | null {
  if (raw === "-" || raw === "") return null;
  if (!raw.includes("\\")) return raw;
  return raw.replace(
    ESCAPES,
    (escape, bytes?: string, char?: string) =>
      bytes
        ? new TextDecoder().decode(
          Uint8Array.fromHex(bytes.replaceAll(/\\x/gi, "")),
        )
        : plain(char) ?? escape,
  );
}

function plain(char: string | undefined): string | undefined {
  return char === '"' || char === "\\" ? char : CONTROLS[char ?? ""];
}
