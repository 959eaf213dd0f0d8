import { type Cidr, cidrOf, formatCidr } from "./cidr.ts";
import { canonicalIp, formatIp, type Ip, parseIp, readIp } from "./ip.ts";

/** The prefix of a network: what one customer usually holds. */
const PREFIX = { 4: 24, 6: 48 } as const;
const WORDS = new Int32Array(4);

/** The network of an address: its /24, or /48 for IPv6; a range within one belongs to it. */
export function networkAround(ip: Ip): Cidr {
  return cidrOf(ip, PREFIX[ip.family]);
}

/** Whether a range is narrower than a network. */
export function isWithinNetwork(range: Cidr): boolean {
  return range.prefix > PREFIX[range.family];
}

/**
 * The network of an address as text, `203.0.113.0/24`; null if it is not an address.
 *
 * @example
 * ```ts
 * import { networkOf } from "./network.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(networkOf("203.0.113.9"), "203.0.113.0/24");
 * assertEquals(networkOf("2001:db8:7:1::9"), "2001:db8:7::/48");
 * assertEquals(networkOf("unknown"), null);
 * ```
 */
export function networkOf(address: string): string | null {
  const text = canonicalIp(address);
  if (text === null) return null;
  // A fast path, as this is called for each new address of a log.
  if (!text.includes(":")) {
    return `${text.slice(0, text.lastIndexOf("."))}.0/24`;
  }
  return formatCidr(networkAround(parseIp(text)!));
}

/**
 * The same as a key that costs less to make and to look up: a number for IPv4.
 *
 * @example
 * ```ts
 * import { networkKey } from "./network.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(networkKey("203.0.113.9"), networkKey("203.0.113.200"));
 * assertEquals(networkKey("unknown"), null);
 * ```
 */
export function networkKey(address: string): number | string | null {
  const family = readIp(address, WORDS);
  return family === 4
    ? WORDS[0]! >>> 8
    : family === 6
    ? networkOf(address)
    : null;
}

/** The first address of an address's network, which replaces it in an anonymised record. */
export function networkAddressOf(address: string): string | null {
  const ip = parseIp(address);
  return ip && formatIp(networkAround(ip));
}
