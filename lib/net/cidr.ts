import { Refusal } from "../base/refusal.ts";
import { quoted } from "../base/quoted.ts";
import { foldIpv4, formatWords, type Ip, readUnfolded } from "./ip.ts";

/**
 * A range of addresses; a single address is a range of one.
 *
 * @example
 * ```ts
 * import type { Cidr, GuardSettings } from "@portcullis/portcullis/guard";
 *
 * // 10.0.0.0/8
 * const range: Cidr = {
 *   family: 4,
 *   words: Int32Array.of(0x0a000000, 0, 0, 0),
 *   prefix: 8,
 * };
 * const settings: GuardSettings = { trustedProxies: [range] };
 * ```
 */
export interface Cidr extends Ip {
  /** The number of fixed leading bits: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly prefix: number;
}

/**
 * Reads an address or a range in CIDR notation.
 *
 * Host bits are normalised, never ignored: `10.1.2.3/8` is `10.0.0.0/8`. As for single addresses
 * (see parseIp), ranges within the IPv4-mapped block or the NAT64 block are read as the embedded
 * IPv4 range: `::ffff:10.0.0.0/104` is `10.0.0.0/8`. A wider IPv6 range, even `::/0`, contains no
 * IPv4 address.
 *
 * @param action The action that fails, for the error, such as "block".
 * @throws {Refusal} if `text` is neither an address nor a range.
 * @throws {Refusal} if the prefix is longer than the address.
 */
export function parseCidr(text: string, action = "parse"): Cidr {
  const cidr = readCidr(text);
  if (cidr !== null) return cidr;
  const [address = ""] = text.split("/", 1);
  const family = readUnfolded(address, new Int32Array(4));
  const isPrefix = /^(0|[1-9]\d{0,4})$/.test(text.slice(address.length + 1));
  throw new Refusal(
    "invalid",
    family && isPrefix
      ? `Cannot ${action} ${quoted(text)}: expected a prefix of /0 to /${
        family === 4 ? 32 : 128
      } for IPv${family}`
      : `Cannot ${action} ${
        quoted(text)
      }: expected an IP address or CIDR range`,
  );
}

/** {@linkcode parseCidr}, but null if `text` is neither an address nor a range. */
export function readCidr(text: string): Cidr | null {
  const slash = text.indexOf("/");
  const words = new Int32Array(4);
  const family = readUnfolded(slash < 0 ? text : text.slice(0, slash), words);
  const digits = slash < 0 ? undefined : text.slice(slash + 1);
  if (!family || digits !== undefined && !/^(0|[1-9]\d{0,4})$/.test(digits)) {
    return null;
  }
  const bits = family === 4 ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  if (prefix > bits) return null;
  if (family === 6 && prefix >= 96 && foldIpv4(words)) {
    return maskedCidr(4, words, prefix - 96);
  }
  return maskedCidr(family, words, prefix);
}

/** {@linkcode parseCidr} for a range that may already be parsed. */
export function toCidr(range: string | Cidr, action?: string): Cidr {
  return typeof range === "string" ? parseCidr(range, action) : range;
}

/** The range of `prefix` bits around an address. */
export function cidrOf(ip: Ip, prefix = ip.family === 4 ? 32 : 128): Cidr {
  return maskedCidr(ip.family, ip.words.slice(), prefix);
}

/** Canonical text; a single address has no `/32` or `/128`. */
export function formatCidr({ family, words, prefix }: Cidr): string {
  const text = formatWords(family, words);
  return isSingle({ family, prefix }) ? text : `${text}/${prefix}`;
}

/** Whether a range contains only one address. */
export function isSingle(range: Pick<Cidr, "family" | "prefix">): boolean {
  return range.prefix === (range.family === 4 ? 32 : 128);
}

/** Whether the range contains the address. */
export function contains(range: Cidr, ip: Ip): boolean {
  return range.family === ip.family &&
    samePrefix(range.words, ip.words, range.prefix);
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: Cidr, inner: Cidr): boolean {
  return outer.prefix <= inner.prefix && contains(outer, inner);
}

/** Whether the two share an address; of two CIDR ranges that do, one covers the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return covers(a, b) || covers(b, a);
}

/** Clears all but the first `prefix` bits of `from` into `to`, which may be the same. */
export function maskInto(
  from: Int32Array,
  prefix: number,
  to: Int32Array,
): void {
  for (let i = 0, bits = prefix; i < 4; i++, bits -= 32) {
    to[i] = from[i]! & maskOf(bits);
  }
}

function maskedCidr(family: 4 | 6, words: Int32Array, prefix: number): Cidr {
  maskInto(words, prefix, words);
  return { family, words, prefix };
}

function samePrefix(a: Int32Array, b: Int32Array, prefix: number): boolean {
  for (let i = 0, bits = prefix; bits > 0; i++, bits -= 32) {
    if ((a[i]! ^ b[i]!) & maskOf(bits)) return false;
  }
  return true;
}

function maskOf(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << 32 - bits;
}
