import { quoted } from "../base/quoted.ts";
import { readAnyJson } from "./any_json.ts";
import type { LineReader } from "./format.ts";
import { parseLogTime } from "./log_time.ts";
import { parsed, peel, PEELERS } from "./peel.ts";
import { tokensOf } from "./tokens.ts";

/** Why a line could not be read. */
export interface Diagnosis {
  /** Where reading stopped, in characters from 1. */
  column: number;
  /** What the reader expected there. */
  expected: string;
  /** What the whole file probably is; null if there is no indication. */
  likely: string | null;
}

const REQUEST = /"[A-Z]{3,16} [^"]+"/;
const ERROR_LOG =
  /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: \(\w+\.c\.\d+\) |\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\]|\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:.]+ \d{4}\] \[)/;

/** Other kinds of logs, and why they have nothing to import. */
const OTHERS: readonly [pattern: RegExp, likely: string][] = [
  [
    ERROR_LOG,
    "This looks like a server's error log: the access log is needed.",
  ],
  [
    /^tls \d\.\d \S+ net\//,
    "This is the log of an AWS network load balancer: it has connections, not requests; import the access logs of the servers behind it.",
  ],
  [
    /^\S+:\d+ \[\d\d\/\w{3}\/\d{4}:[\d:.]+\] \S+ \S+ [-\d]+\/[-\d]+\/[-+\d]+ \d+ \S\S \d/,
    "This is HAProxy's TCP log: it has connections, not requests; `option httplog` logs requests.",
  ],
  [
    /^Connect from \S+:\d+ to \S+:\d+ \(\S+\/(?:HTTP|TCP)\)/,
    "This is HAProxy's log of connections, not requests; `option httplog` logs requests.",
  ],
  [
    /^[+-][\w@-]{16,64}(?:\||$)/,
    "This is Apache's forensic log: it has neither times, addresses nor statuses; import the access log.",
  ],
  [
    /^\S{2,45}:\d{1,5}: (?:url:|response:\d{3})/,
    "This is BusyBox httpd's log: its lines have no time, and the status stands on a line of its own.",
  ],
  [
    /^\d \d{6,12} eni-[\da-f]+ /,
    "This is an AWS VPC flow log: it has connections, not requests.",
  ],
  [
    /^\[[^\]]{8,40}\] [A-Z]{4,5} \(\d+(?: on \S+)?\): /,
    "This is pino-pretty's output: import the JSON that pino itself writes.",
  ],
  [
    /^\s*[[{]\s*$|^\s*\[\{.*\},\s*\{.*\}\]\s*$/,
    "This is JSON over several lines, or several objects on one: expected an object a line; `jq -c '.[]'` makes that of an array.",
  ],
];

/** Says where and why reading a line stopped, as far as possible. */
export function diagnose(line: string, reader?: LineReader): Diagnosis {
  const [inner, json] = innermost(line);
  const whole = json ?? parsed(line).json;
  const offset = Math.max(0, line.length - inner.length);
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(line.slice(0, 200))) {
    return {
      column: 1,
      expected: "text",
      likely: "This is not text; only gzip, bzip2 and zstd are decompressed.",
    };
  }
  // An object that only wraps lines has the request in one of them.
  if (whole !== null && (json !== null || !REQUEST.test(inner))) {
    return ofJson(whole);
  }
  const other = OTHERS.find(([pattern]) =>
    pattern.test(inner) || pattern.test(line)
  );
  if (other) return { column: 1, expected: "a request", likely: other[1] };
  if (reader?.where) {
    const { at, expected } = reader.where(line);
    return { column: at + 1, expected, likely: null };
  }
  const tokens = tokensOf(inner) ?? [];
  const time = tokens.find(({ text, kind }) =>
    (kind === "bracketed" || text.length >= 19) && parseLogTime(text) !== null
  );
  const request = REQUEST.exec(inner);
  if (request && !time) {
    return {
      column: offset + request.index + 1,
      expected: "a time before the request",
      likely:
        "Its lines have no time (as in uvicorn's default): configure the server to log it.",
    };
  }
  if (time && !request) {
    return {
      column: offset + time.end + 1,
      expected: "a request in quotes",
      likely: null,
    };
  }
  if (time && request) {
    const first = tokens[0]?.text ?? "";
    const isName = /^[a-z][\w.-]*\.[a-z][\w-]*$/i.test(first);
    return {
      column: offset + request.index + request[0].length + 1,
      expected: "a status",
      likely: isName ? NAMES : null,
    };
  }
  return {
    column: offset + 1,
    expected: "an address, a time and a request",
    likely: null,
  };
}

/** Why a file with host names cannot be used. */
export const NAMES =
  "It has host names in place of addresses: turn HostnameLookups off; names cannot be turned back into addresses.";

const WAF =
  "This is AWS WAF's log: it does not have the answers' status; import the access log of the load balancer or of CloudFront.";

/** Why the request of a line cannot be imported: what is missing. */
export function lacking(line: string, hasAddress: boolean): string {
  if (!hasAddress) {
    return "Its lines have no time and no address (as in morgan's dev and tiny, and on consoles of frameworks): configure the logger to write both, as the combined format does.";
  }
  return /(?<![\d-])\d\d:\d\d:\d\d/.test(innermost(line)[0])
    ? "Its lines have no time that can be used: a time of day without a date, as in Fiber's default, or a date without a year; configure the logger to write both."
    : "Its lines have no time (as in uvicorn's default and in morgan's short): configure the server to log it.";
}

function innermost(line: string): [string, Record<string, unknown> | null] {
  let peeled = parsed(line);
  for (let layers = 0; layers < 3; layers++) {
    let inner = null;
    for (let way = 0; way < PEELERS && inner === null; way++) {
      inner = peel(peeled, way);
    }
    if (inner === null) break;
    peeled = inner;
  }
  return [peeled.line, peeled.json];
}

function ofJson(json: Record<string, unknown>): Diagnosis {
  const keys = Object.keys(json).slice(0, 12).map((key) => quoted(key));
  const entry = readAnyJson(json);
  const missing = entry === null
    ? "fields for the request and its status"
    : entry.time === null
    ? "a field for the time"
    : "a field for the client's address";
  return {
    column: 1,
    expected: `${missing} (there are ${keys.join(", ")})`,
    likely: Object.hasOwn(json, "webaclId") ? WAF : null,
  };
}
