import { type Cidr, cidrOf, formatCidr } from "./cidr.ts";
import { canonicalIp, formatIp, type Ip, parseIp } from "./ip.ts";

/** How much of an address names its network: what one customer of a network usually holds. */
const PREFIX = { 4: 24, 6: 48 } as const;

/** The network of an address: its /24, or its /48 of IPv6; a range within one belongs to it. */
export function networkAround(ip: Ip): Cidr {
  return cidrOf(ip, PREFIX[ip.family]);
}

/** Whether a range is narrower than a network. */
export function isWithinNetwork(range: Cidr): boolean {
  return range.prefix > PREFIX[range.family];
}

/**
 * The network of an address as text, `203.0.113.0/24`; null for what is no address.
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
  // Each new address of a log is asked for.
  if (!text.includes(":")) {
    return `${text.slice(0, text.lastIndexOf("."))}.0/24`;
  }
  return formatCidr(networkAround(parseIp(text)!));
}

/** The first address of an address's network, which stands for it where a record is made nobody's. */
export function networkAddressOf(address: string): string | null {
  const ip = parseIp(address);
  return ip && formatIp(networkAround(ip));
}
