import { type Cidr, contains, covers, parseCidr } from "./cidr.ts";
import type { Ip } from "./ip.ts";

/** The purpose of an address. */
export type IpKind =
  | "public"
  | "private"
  | "loopback"
  | "shared"
  | "unique-local"
  | "link-local"
  | "documentation"
  | "benchmarking"
  | "multicast"
  | "transition"
  | "unspecified"
  | "reserved";

/**
 * The IANA special-purpose address registries (RFC 6890 and its successors), the multicast blocks,
 * and IPv6 outside 2000::/3, which is unassigned. The first range that contains an address decides,
 * so exceptions come before their block.
 */
const RANGES = ([
  ["0.0.0.0", "unspecified"],
  ["0.0.0.0/8", "reserved"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "shared"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.9", "public"],
  ["192.0.0.10", "public"],
  ["192.0.0.0/24", "reserved"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "transition"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["0.0.0.0/0", "public"],

  ["::", "unspecified"],
  ["::1", "loopback"],
  ["2001:1::1", "public"],
  ["2001:1::2", "public"],
  ["2001:1::3", "public"],
  ["2001::/32", "transition"],
  ["2001:2::/48", "benchmarking"],
  ["2001:3::/32", "public"],
  ["2001:4:112::/48", "public"],
  ["2001:20::/28", "public"],
  ["2001:30::/28", "public"],
  ["2001::/23", "reserved"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "transition"],
  ["3fff::/20", "documentation"],
  ["2000::/3", "public"],
  ["fc00::/7", "unique-local"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
  ["::/0", "reserved"],
] as const).map(([text, kind]) => [parseCidr(text), kind] as const);

/** The purpose of an address; `shared` is carrier-grade NAT (100.64.0.0/10, RFC 6598). */
export function kindOf(ip: Ip): IpKind {
  for (const [range, kind] of RANGES) if (contains(range, ip)) return kind;
  return "reserved";
}

/** Whether an address can belong to an internet host, for example to geolocate it. */
export function isPublic(ip: Ip): boolean {
  return kindOf(ip) === "public";
}

/** The kind of the first special-purpose addresses in a range, or null if all are public. */
export function specialIn(range: Cidr): Exclude<IpKind, "public"> | null {
  for (const [special, kind] of RANGES) {
    if (covers(special, range)) return kind === "public" ? null : kind;
    if (kind !== "public" && covers(range, special)) return kind;
  }
  return "reserved";
}
