import { findWithin } from "../lists/access_find.ts";
import { type Cidr, cidrOf, formatCidr, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { RangeFence } from "../net/range_fence.ts";
import { specialIn } from "../net/special.ts";
import type { Screen } from "./read_list.ts";

/**
 * The widest range that is taken from a list. Wider than what one blocks by hand (/16, /32): hijacked
 * networks on Spamhaus' list are as wide as /10; no list means a whole /7 of the internet.
 */
export const WIDEST = { 4: 8, 6: 20 } as const;

/** What no list may block. */
export interface ScreenOptions {
  trustedProxies: readonly Cidr[];
  /** Addresses of admins and known users. */
  protectedIps: Iterable<string>;
  safelist: readonly Cidr[];
}

/**
 * Makes the test of what a list may not block: private and reserved addresses, which lists of
 * "bogons" hold and which may be the owner's; wide ranges; own proxies; addresses of admins and
 * known users; and the safelist.
 */
export function createScreen(
  { trustedProxies, protectedIps, safelist }: ScreenOptions,
): Screen {
  const theirs = [...protectedIps].flatMap((text) => {
    const ip = parseIp(text);
    return ip ? [cidrOf(ip)] : [];
  });
  const people = new RangeFence(theirs);
  const proxies = new RangeFence(trustedProxies);
  const safe = new RangeFence(safelist);
  return function screen(range) {
    const special = specialIn(range);
    if (special) {
      const why =
        `it contains ${special} addresses, which are not the internet's`;
      return { kind: "special", why };
    }
    const widest = WIDEST[range.family];
    if (range.prefix < widest) {
      const why = `it is wider than /${widest}`;
      return { kind: "wide", why };
    }
    const proxy = proxies.touching(range);
    if (proxy) {
      const why = `it overlaps the trusted proxy ${formatCidr(proxy)}`;
      return { kind: "proxy", why };
    }
    if (people.touching(range)) {
      const why = "it contains the address of an admin or a known user";
      return { kind: "own", why };
    }
    const entry = safe.touching(range);
    return entry && {
      kind: "safelisted",
      why: `it overlaps the safelisted ${formatCidr(entry)}`,
    };
  };
}

/** The ranges on the safelist that are in force. */
export async function safeRanges(kv: Deno.Kv, now: number): Promise<Cidr[]> {
  const found = await Promise.all(
    ["0.0.0.0/0", "::/0"].map((all) =>
      findWithin(kv, "safe", parseCidr(all), now)
    ),
  );
  return found.flat().map(({ ip_address }) => parseCidr(ip_address));
}
