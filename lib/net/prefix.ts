import { quoted } from "../base/quoted.ts";
import { cidrOf, formatCidr } from "./cidr.ts";
import { formatIp, parseIp } from "./ip.ts";

/**
 * The client that a limit counts: an IPv4 address itself, an IPv6 address by its prefix, because a
 * client with one IPv6 address has at least 2^64 of them.
 *
 * @param ip An address in any spelling.
 * @param ipv6Prefix How many bits of an IPv6 address count, 0 to 128; 64 and 56 are usual.
 * @throws {TypeError} if `ip` is not an address.
 */
export function limitSubject(ip: string, ipv6Prefix: number): string {
  const address = parseIp(ip);
  if (!address) {
    throw new TypeError(`Cannot limit ${quoted(ip)}: expected an IP address`);
  }
  if (address.family === 4) return formatIp(address);
  return formatCidr(cidrOf(address, ipv6Prefix));
}
