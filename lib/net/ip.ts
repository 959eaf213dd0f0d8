/**
 * IP addresses, parsed strictly: what two parsers could read differently is refused, so that a
 * block, a limit and a log line always mean the same client.
 *
 * @module
 */

/**
 * An IPv4 or IPv6 address.
 *
 * @example
 * ```ts
 * import type { Ip } from "@portcullis/portcullis/guard";
 *
 * // 10.0.0.1
 * const ip: Ip = { family: 4, words: Int32Array.of(0x0a000001, 0, 0, 0) };
 * ```
 */
export interface Ip {
  /** IPv4 or IPv6. */
  readonly family: 4 | 6;
  /**
   * Always four 32-bit words, signed, most significant first. IPv4 uses the first one, the others
   * are zero.
   */
  readonly words: Int32Array;
}

/** `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255` */
const LONGEST = 45;
const DOT = 46;
const COLON = 58;

/**
 * Parses an address, or returns null.
 *
 * Refused: leading zeros in an octet (octal to some), short and hexadecimal IPv4, zones (`%eth0`),
 * spaces, line breaks, ports, brackets, and anything over 45 characters.
 *
 * One client has one address: IPv4-mapped (`::ffff:1.2.3.4`, RFC 4291 §2.5.5.2) and NAT64
 * (`64:ff9b::1.2.3.4`, RFC 6052 §2.1) addresses are read as the embedded IPv4 address.
 */
export function parseIp(text: string): Ip | null {
  const words = new Int32Array(4);
  const family = readIp(text, words);
  return family === 0 ? null : { family, words };
}

/**
 * The canonical text of an address, used everywhere in Portcullis (RFC 5952; see
 * {@linkcode parseIp} for what is folded to IPv4), or null if `text` is not an address.
 */
export function canonicalIp(text: string): string | null {
  // Dotted IPv4 that passes the strict parser has only one spelling.
  if (text.length <= 15 && readIpv4(text, 0) >= 0) return text;
  const ip = parseIp(text);
  return ip && formatIp(ip);
}

/** The canonical text of an address (RFC 5952). */
export function formatIp(ip: Ip): string {
  return formatWords(ip.family, ip.words);
}

/** {@linkcode formatIp} for words in a buffer. */
export function formatWords(family: 4 | 6, words: Int32Array): string {
  if (family === 4) {
    const v = words[0]!;
    return `${v >>> 24}.${v >>> 16 & 255}.${v >>> 8 & 255}.${v & 255}`;
  }
  const [start, length] = longestZeroRun(words);
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === start) {
      text += "::";
      i += length - 1;
      continue;
    }
    if (i > 0 && i !== start + length) text += ":";
    text += group(words, i).toString(16);
  }
  return text;
}

/**
 * {@linkcode parseIp} without an allocation: fills `words` (four) and returns the family, or 0 if
 * `text` is not an address; the content of `words` is then undefined.
 */
export function readIp(text: string, words: Int32Array): 0 | 4 | 6 {
  const family = readUnfolded(text, words);
  return family === 6 && foldIpv4(words) ? 4 : family;
}

/**
 * Converts the words of an IPv4-mapped or NAT64 address to those of the embedded IPv4 address;
 * false, without a change, for any other IPv6 address.
 */
export function foldIpv4(words: Int32Array): boolean {
  const mapped = words[0] === 0 && words[2] === 0xffff;
  const nat64 = words[0] === 0x64ff9b && words[2] === 0;
  if (words[1] !== 0 || !mapped && !nat64) return false;
  words[0] = words[3]!;
  words[2] = words[3] = 0;
  return true;
}

/** {@linkcode readIp} that leaves IPv6 forms of an IPv4 address unchanged. */
export function readUnfolded(text: string, words: Int32Array): 0 | 4 | 6 {
  if (text.length < 2 || text.length > LONGEST) return 0;
  words[0] =
    words[1] =
    words[2] =
    words[3] =
      0;
  const value = readIpv4(text, 0);
  if (value >= 0) {
    words[0] = value;
    return 4;
  }
  return readIpv6(text, words) ? 6 : 0;
}

/** The dotted address from `start` to the end of `text` as an unsigned number, or -1. */
function readIpv4(text: string, start: number): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || dots === 3) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots++;
    } else {
      const digit = code - 48;
      if (digit < 0 || digit > 9 || octet === 0) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

function readIpv6(text: string, words: Int32Array): boolean {
  let count = 0;
  let gap = -1;
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    if (count === 8) return false;
    const start = i;
    let value = 0;
    let digit = 0;
    while (i < text.length && (digit = hexDigit(text.charCodeAt(i))) >= 0) {
      value = value * 16 + digit;
      if (++i - start > 4) return false;
    }
    if (text.charCodeAt(i) === DOT) {
      const ipv4 = readIpv4(text, start);
      if (ipv4 < 0 || count > 6) return false;
      setGroup(words, count++, ipv4 >>> 16);
      setGroup(words, count++, ipv4 & 0xffff);
      break;
    }
    if (i === start) return false;
    setGroup(words, count++, value);
    if (i === text.length) break;
    if (text.charCodeAt(i++) !== COLON) return false;
    if (i === text.length) return false;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      i++;
    }
  }
  if (gap < 0) return count === 8;
  if (count === 8) return false;
  for (let from = count - 1, to = 7; from >= gap; from--, to--) {
    setGroup(words, to, group(words, from));
    setGroup(words, from, 0);
  }
  return true;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function group(words: Int32Array, i: number): number {
  const word = words[i >> 1]!;
  return i & 1 ? word & 0xffff : word >>> 16;
}

function setGroup(words: Int32Array, i: number, value: number): void {
  const word = words[i >> 1]!;
  words[i >> 1] = i & 1
    ? word & 0xffff0000 | value
    : word & 0xffff | value << 16;
}

/** Start and length of the first longest run of zero groups, of at least two (RFC 5952 §4.2). */
function longestZeroRun(words: Int32Array): [start: number, length: number] {
  let best = -1;
  let bestLength = 1;
  let length = 0;
  for (let i = 0; i < 8; i++) {
    length = group(words, i) === 0 ? length + 1 : 0;
    if (length > bestLength) {
      best = i - length + 1;
      bestLength = length;
    }
  }
  return [best, bestLength];
}
