import { canonicalIp } from "../net/ip.ts";

/**
 * How a header lists the hops of a request. Both functions read from the right, because only what
 * our own proxies appended there can be trusted; no text to the left of a valid hop, such as an
 * open quote, changes how it is read.
 */
export interface HeaderFormat {
  /** The start of the hop that ends before index `end`. */
  start(value: string, end: number): number;
  /** The canonical address of a hop, or null if it is empty, unknown, obfuscated or malformed. */
  address(hop: string): string | null;
}

const COMMA = 44;
const QUOTE = 34;
const BACKSLASH = 92;

/** An address with brackets, quotes and a port is never longer. */
const LONGEST_HOP = 64;
/** All pairs of one hop; short, because the pattern below is quadratic in a row of blanks. */
const LONGEST_ELEMENT = 1_024;
const PORT = /^:(?:\d{1,5}|_[\w.-]+)$/;
/**
 * One `name=value` of RFC 7239 §4, also with blanks around `;`, which it does not allow but some
 * send.
 */
const PAIR =
  /[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=("(?:[^"\\]|\\.)*"|[^\s",;]*))?[ \t]*(?:;|$)/y;

/** The format of a header by its lower-case name; any unknown name holds a single address. */
export function formatOf(header: string): HeaderFormat {
  if (header === "x-forwarded-for") return xForwardedFor;
  if (header === "forwarded") return forwarded;
  return singleValue;
}

const xForwardedFor: HeaderFormat = {
  start: (value, end) => end === 0 ? 0 : value.lastIndexOf(",", end - 1) + 1,
  address: parseNode,
};

const singleValue: HeaderFormat = { start: () => 0, address: parseNode };

const forwarded: HeaderFormat = {
  start(value, end) {
    let quoted = false;
    for (let i = end - 1; i >= 0; i--) {
      const code = value.charCodeAt(i);
      if (code === QUOTE && !isEscaped(value, i)) quoted = !quoted;
      else if (code === COMMA && !quoted) return i + 1;
    }
    return 0;
  },
  address(hop) {
    if (hop.length > LONGEST_ELEMENT) return null;
    const node = forParameter(hop);
    return node === null ? null : parseNode(node);
  },
};

/**
 * The address in `203.0.113.9`, `203.0.113.9:51712`, `2001:db8::1`, `[2001:db8::1]`,
 * `[2001:db8::1]:443`, with or without quotes; null for anything else.
 */
function parseNode(text: string): string | null {
  const bare = canonicalIp(text);
  if (bare !== null) return bare;
  // The limit comes before trim(): a proxy adds one or two blanks, not thousands.
  if (text.length > LONGEST_HOP) return null;
  let node = text.replace(/^[ \t]+|[ \t]+$/g, "");
  if (node.length > 1 && node.startsWith('"') && node.endsWith('"')) {
    node = node.slice(1, -1);
  }
  if (node.startsWith("[")) {
    const close = node.indexOf("]");
    const inner = node.slice(1, close);
    const port = node.slice(close + 1);
    if (close < 0 || !inner.includes(":")) return null;
    return port === "" || PORT.test(port) ? canonicalIp(inner) : null;
  }
  const colon = node.indexOf(":");
  // One colon ends an IPv4 address; IPv6 with a port needs brackets.
  if (colon > 0 && colon === node.lastIndexOf(":")) {
    return PORT.test(node.slice(colon)) && canonicalIp(node.slice(0, colon)) ||
      null;
  }
  return canonicalIp(node);
}

/**
 * The unquoted value of `for` in one forwarded-element; null if it is missing, repeated or
 * malformed.
 */
function forParameter(element: string): string | null {
  let node: string | null = null;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < element.length) {
    const pair = PAIR.exec(element);
    if (!pair) return null;
    const [, name, value = ""] = pair;
    if (name?.toLowerCase() !== "for") continue;
    if (node !== null) return null;
    node = value.startsWith('"')
      ? value.slice(1, -1).replace(/\\(.)/g, "$1")
      : value;
  }
  return node;
}

function isEscaped(value: string, i: number): boolean {
  let backslashes = 0;
  while (value.charCodeAt(i - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
