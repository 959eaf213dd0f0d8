/**
 * One reading of a request's line, `Host` and framing, for whoever serves: what could be read in
 * two ways, or would move the path under somebody's eyes, is a problem and not repaired. What only
 * looks odd (`..`, `//`, `;`, `%2F`, bad percents) passes as it was sent.
 *
 * @module
 */

/** A request as it stands on the wire; `rawHeaders` are names and values by turns. */
export interface RequestHead {
  method: string;
  target: string;
  /** `1.0`, `1.1`. */
  httpVersion: string;
  rawHeaders: readonly string[];
}

/** How a request says where its body ends. */
export type Framing = "none" | "length" | "chunked";

/** What {@linkcode judge} found. */
export interface Judged {
  /** Why the request is refused with 400, for people to read; null where it is understood. */
  problem: string | null;
  /** Path and query byte for byte, or `*`; without scheme and host where they were sent along. */
  target: string;
  /** `Host` as it was sent, or the target's where that names one; empty where neither does. */
  host: string;
  framing: Framing;
}

const HOST = /^(?:[a-z\d_][a-z\d_.-]*|\[[\da-f:.]{2,45}\])(?::(\d{0,5}))?$/i;
/** Addresses and encoded names, of which not all that look right can be parsed. */
const NEEDS_PARSER = /^\[|xn--|(?:^|\.)(?:\d+|0x[\da-f]*)\.?(?::|$)/i;
const MAX_HOST = 255 + 6;
/** Most requests are for the host of the one before. */
let lastGoodHost = "";

/**
 * Why a `Host` cannot be used, or null. A name, an IPv4 address or a bracketed IPv6 address with or
 * without a port; anything else would be read in another way by somebody (RFC 9112, section 3.2).
 */
export function hostProblem(host: string): string | null {
  if (host !== "" && host === lastGoodHost) return null;
  const match = host.length <= MAX_HOST ? HOST.exec(host) : null;
  const isGood = match !== null && Number(match[1] ?? 0) <= 65_535 &&
    (!NEEDS_PARSER.test(host) || URL.canParse(`http://${host}/`));
  if (!isGood) return "Host is malformed";
  lastGoodHost = host;
  return null;
}

const BACKSLASH = 0x5c;
const HASH = 0x23;
const QUESTION_MARK = 0x3f;

/**
 * Why a target of path and query cannot be used, or null. A backslash counts as `/` for some
 * readers and not for others, `#` ends the target for some; neither is sent by any browser in a
 * path, but `\` is in a query, where it moves nothing.
 */
export function targetProblem(target: string): string | null {
  if (target.charCodeAt(0) !== 0x2f) return "the target is no path";
  let inPath = true;
  for (let i = 1; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return "the target holds raw bytes";
    if (code === HASH) return "the target holds a #";
    if (code === QUESTION_MARK) inPath = false;
    else if (code === BACKSLASH && inPath) return "the path holds a \\";
  }
  return null;
}

const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;

/**
 * Judges a request before anybody acts on it. An absolute target (RFC 9112, section 3.2.2) is taken
 * for its path where it names the same host as `Host`, as else two readers serve two sites.
 */
export function judge(head: RequestHead): Judged {
  const { method, rawHeaders, httpVersion } = head;
  const judged: Judged = {
    problem: null,
    target: head.target,
    host: "",
    framing: "none",
  };
  let hosts = 0;
  let length: string | undefined;
  let coding: string | undefined;
  let doubled = false;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // Lower case costs; most names are told from these three by their length.
    if (name.length === 4 && name.toLowerCase() === "host") {
      hosts++;
      judged.host = rawHeaders[i + 1]!;
    } else if (name.length === 14 && name.toLowerCase() === "content-length") {
      doubled ||= length !== undefined;
      length = rawHeaders[i + 1]!;
    } else if (
      name.length === 17 && name.toLowerCase() === "transfer-encoding"
    ) {
      doubled ||= coding !== undefined;
      coding = rawHeaders[i + 1]!;
    }
  }
  if (coding !== undefined) judged.framing = "chunked";
  else if (length !== undefined) judged.framing = "length";
  judged.problem = versionProblem(httpVersion) ??
    framingProblem(length, coding, doubled, httpVersion) ??
    hostsProblem(hosts, judged.host, httpVersion);
  if (judged.problem !== null) return judged;
  if (judged.target.charCodeAt(0) !== 0x2f) {
    judged.problem = takeApart(judged, method, hosts > 0);
  }
  if (judged.problem === null && judged.target !== "*") {
    judged.problem = targetProblem(judged.target);
  }
  return judged;
}

function versionProblem(version: string): string | null {
  return version === "1.1" || version === "1.0"
    ? null
    : "only HTTP/1.1 and HTTP/1.0 are understood";
}

function framingProblem(
  length: string | undefined,
  coding: string | undefined,
  doubled: boolean,
  version: string,
): string | null {
  if (length === undefined && coding === undefined) return null;
  if (doubled) return "the body's length is stated twice";
  if (coding === undefined) {
    return /^\d{1,15}$/.test(length!) ? null : "Content-Length is no number";
  }
  if (length !== undefined) {
    return "both Content-Length and Transfer-Encoding are stated";
  }
  if (version === "1.0") return "HTTP/1.0 knows no Transfer-Encoding";
  return coding.toLowerCase() === "chunked"
    ? null
    : "Transfer-Encoding is not chunked";
}

function hostsProblem(
  count: number,
  host: string,
  version: string,
): string | null {
  if (count > 1) return "Host is stated twice";
  if (count === 1) return hostProblem(host);
  return version === "1.1" ? "Host is missing" : null;
}

/** `*`, and targets with a scheme and a host. */
function takeApart(
  judged: Judged,
  method: string,
  hasHost: boolean,
): string | null {
  if (judged.target === "*") {
    return method === "OPTIONS" ? null : "* is no target for this method";
  }
  const match = ABSOLUTE.exec(judged.target);
  if (match === null) return "the target is no path";
  const [, authority, rest] = match;
  const problem = hostProblem(authority!);
  if (problem !== null) return problem;
  if (hasHost && plainHost(authority!) !== plainHost(judged.host)) {
    return "the target and Host name two hosts";
  }
  judged.host = hasHost ? judged.host : authority!;
  judged.target = rest!.startsWith("/") ? rest! : `/${rest}`;
  return null;
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)?$/, "");
}
