/**
 * Parses a request's line, `Host` and framing, for a server that gets them as they were sent: what
 * two parsers could read differently is a fault and not repaired. What only looks odd (`..`, `//`,
 * `;`, `%2F`, bad percents) passes as it was sent.
 *
 * @module
 */
import { isWellFormedHost } from "./host.ts";
import { targetFault } from "./received_url.ts";

/** A request as it was sent; `rawHeaders` are alternating names and values. */
export interface RequestHead {
  method: string;
  target: string;
  /** `1.0`, `1.1`. */
  httpVersion: string;
  rawHeaders: readonly string[];
}

/** How a request says where its body ends. */
export type Framing = "none" | "length" | "chunked";

/** The result of {@linkcode judge}. */
export interface Judged {
  /**
   * Why the request is refused with 400, as a sentence for the client; null if it is well-formed.
   */
  fault: string | null;
  /** Path and query byte for byte, or `*`; scheme and host, if sent, are removed. */
  target: string;
  /** `Host` as it was sent, or the target's host if only that names one; empty if neither does. */
  host: string;
  framing: Framing;
}

const SLASH = 0x2f;
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/i;

/** Validates a request before it is processed. */
export function judge(head: RequestHead): Judged {
  const { method, rawHeaders, httpVersion } = head;
  const judged: Judged = {
    fault: null,
    target: head.target,
    host: "",
    framing: "none",
  };
  let hosts = 0;
  let length: string | undefined;
  let coding: string | undefined;
  let isDoubled = false;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // Lower-casing is expensive; the length tells nearly all names from these three.
    if (name.length === 4 && name.toLowerCase() === "host") {
      hosts++;
      judged.host = rawHeaders[i + 1]!;
    } else if (name.length === 14 && name.toLowerCase() === "content-length") {
      isDoubled ||= length !== undefined;
      length = rawHeaders[i + 1]!;
    } else if (
      name.length === 17 && name.toLowerCase() === "transfer-encoding"
    ) {
      isDoubled ||= coding !== undefined;
      coding = rawHeaders[i + 1]!;
    }
  }
  if (coding !== undefined) judged.framing = "chunked";
  else if (length !== undefined) judged.framing = "length";
  judged.fault = versionFault(httpVersion) ??
    (isDoubled ? "The body's length is stated twice." : null) ??
    framingFault(length, coding, httpVersion) ??
    hostFault(hosts, judged.host, httpVersion);
  // CONNECT has its own form of target, and is not supported here.
  if (method === "CONNECT") return judged;
  if (judged.target.charCodeAt(0) !== SLASH) {
    // Split even if there is a fault: a name and a password may stand before the path.
    const fault = splitTarget(judged, method, hosts > 0);
    judged.fault ??= fault;
  }
  if (judged.fault === null && judged.target !== "*") {
    judged.fault = targetFault(judged.target);
  }
  return judged;
}

function versionFault(version: string): string | null {
  return version === "1.1" || version === "1.0"
    ? null
    : "Only HTTP/1.1 and HTTP/1.0 are supported.";
}

function framingFault(
  length: string | undefined,
  coding: string | undefined,
  version: string,
): string | null {
  if (coding === undefined) {
    return length === undefined || /^\d{1,15}$/.test(length)
      ? null
      : "The Content-Length field is not a number.";
  }
  if (length !== undefined) {
    return "Both Content-Length and Transfer-Encoding are stated.";
  }
  if (version === "1.0") return "HTTP/1.0 has no Transfer-Encoding.";
  return coding.toLowerCase() === "chunked"
    ? null
    : "The Transfer-Encoding field is not just chunked.";
}

function hostFault(
  count: number,
  host: string,
  version: string,
): string | null {
  if (count > 1) return "The Host field is stated twice.";
  if (count === 0) {
    return version === "1.1" ? "The Host field is missing." : null;
  }
  return isWellFormedHost(host) ? null : "The Host field is malformed.";
}

/**
 * Targets other than a path: `*`, and those with scheme and host (RFC 9112, section 3.2.2), which
 * are reduced to their path if their host is that of `Host`. If it is another, two parsers would
 * serve two sites.
 */
function splitTarget(
  judged: Judged,
  method: string,
  hasHost: boolean,
): string | null {
  if (judged.target === "*") {
    return method === "OPTIONS" ? null : "The target * is for OPTIONS.";
  }
  const [, authority, rest] = ABSOLUTE.exec(judged.target) ?? [];
  if (authority === undefined || rest === undefined) {
    return "The target is neither a path nor a URL of this server.";
  }
  judged.target = rest.charCodeAt(0) === SLASH ? rest : `/${rest}`;
  if (!isWellFormedHost(authority)) return "The target's host is malformed.";
  if (hasHost && plainHost(authority) !== plainHost(judged.host)) {
    return "The target and the Host field name two hosts.";
  }
  if (!hasHost) judged.host = authority;
  return null;
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)?$/, "");
}
