import {
  type Cidr,
  cidrOf,
  contains,
  formatCidr,
  overlaps,
  parseCidr,
} from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { type AccessEntry, isLive } from "./access_entry.ts";

/**
 * Addresses that must not be blocked by mistake.
 *
 * @example
 * ```ts
 * import { blockIp, type Protected } from "@portcullis/portcullis/guard";
 * import { assertRejects } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const own: Protected = { protectedIps: ["203.0.113.9"] };
 * const order = { ip: "203.0.113.0/24", created_by: "ann", ...own };
 * await assertRejects(() => blockIp(kv, Date.now, order));
 * ```
 */
export interface Protected {
  /** Trusted proxies, through which all visitors connect. */
  trustedProxies?: readonly Cidr[];
  /** Addresses of admins: at least that of the order's author. */
  protectedIps?: readonly string[];
  /** Entries of the safelist that may overlap. */
  safelist?: readonly AccessEntry[];
  /** Epoch ms, to skip expired entries. */
  now?: number;
}

const LOOPBACK = [parseCidr("127.0.0.0/8"), parseCidr("::1")];
/**
 * The widest range that is blocked without force: wider ones may be shared by a provider's
 * customers.
 */
const WIDEST = { 4: 16, 6: 32 };

/**
 * Why a range is not blocked without force, as one line, or null if it may be. Pages, the API and
 * tasks all use this, so they refuse the same.
 */
export function refusalFor(range: Cidr, guarded: Protected): string | null {
  const why = objection(range, guarded);
  return why && `Cannot block ${formatCidr(range)} without force: ${why}`;
}

function objection(
  range: Cidr,
  { trustedProxies = [], protectedIps = [], safelist = [], now = -Infinity }:
    Protected,
): string | null {
  for (const text of protectedIps) {
    const ip = parseIp(text);
    if (ip && contains(range, ip)) {
      return `it would lock you out, your address is ${formatCidr(cidrOf(ip))}`;
    }
  }
  if (LOOPBACK.some((loopback) => overlaps(loopback, range))) {
    return "it is this machine's own address (loopback)";
  }
  const proxy = trustedProxies.find((proxy) => overlaps(proxy, range));
  if (proxy) return `it overlaps the trusted proxy ${formatCidr(proxy)}`;
  const safe = safelist.find((entry) =>
    isLive(entry, now) && overlaps(parseCidr(entry.ip_address), range)
  );
  if (safe) return `it overlaps the safelisted ${safe.ip_address}`;
  const widest = WIDEST[range.family];
  return range.prefix < widest
    ? `it is wider than /${widest}, the widest range for IPv${range.family}`
    : null;
}
