/**
 * The stored blocklist and safelist. Every change is one atomic write that also increments the
 * lists' version and stores a record of the change, which other processes follow (see
 * access_lists.ts). A change is in effect as soon as its promise resolves.
 *
 * @module
 */

import { Refusal } from "../base/refusal.ts";
import { type Cidr, formatCidr, toCidr } from "../net/cidr.ts";
import { keys } from "../store/keys.ts";
import {
  type AccessChange,
  type AccessEntry,
  type Hits,
  isLive,
  type ListName,
} from "./access_entry.ts";
import {
  type AccessOrder,
  commitChange,
  newEntry,
  ttl,
} from "./access_commit.ts";
import { findCovering, findWithin } from "./access_find.ts";
import { hostOf } from "./safe_hosts.ts";
import { type Protected, refusalFor } from "./access_refusal.ts";

/**
 * An order to block.
 *
 * @example
 * ```ts
 * import { blockIp, type BlockOrder } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const order: BlockOrder = {
 *   ip: "203.0.113.9",
 *   created_by: "ann",
 *   expires_at: Date.now() + 24 * 60 * 60_000,
 * };
 * const { entry } = await blockIp(kv, Date.now, order);
 * assertEquals(entry.ip_address, "203.0.113.9");
 * ```
 */
export interface BlockOrder
  extends AccessOrder, Omit<Protected, "safelist" | "now"> {
  /** Block even if {@linkcode refusalFor} would refuse it. */
  force?: boolean;
  /**
   * If a block exists, use the later expiry of the two, as an automatic block must: it never
   * shortens what a person ordered. Otherwise the new order's expiry is used.
   */
  extend?: boolean;
}

/**
 * The result of an order; pass `changes` to `AccessLists.applyLocal`.
 *
 * @example
 * ```ts
 * import { blockIp, type Changed } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const order = { ip: "203.0.113.9", created_by: "ann" };
 * const { entry }: Changed = await blockIp(kv, Date.now, order);
 * console.log(entry.reason);
 * ```
 */
export interface Changed {
  /** The entry that is on the list now. */
  entry: AccessEntry;
  /** @internal */
  changes: AccessChange[];
}

/**
 * The removed entry; null and no changes if there was none.
 *
 * @example
 * ```ts
 * import { type Removed, unblockIp } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const { removed }: Removed = await unblockIp(kv, Date.now, "203.0.113.9");
 * assertEquals(removed, null); // it was not blocked
 * ```
 */
export interface Removed {
  /** The removed entry. */
  removed: AccessEntry | null;
  /** @internal */
  changes: AccessChange[];
}

/** Number of entries removed in one atomic write, at two mutations each. */
const MAX_REMOVED = 400;

/**
 * Puts an address or range on the blocklist.
 *
 * Blocked again, an entry keeps `created_at` and its hits, and takes the newer reason, author and
 * expiry (see {@linkcode BlockOrder.extend}). A block of a safelisted address requires force, and
 * has no effect while the safelist entry is live.
 *
 * @throws {Refusal} if `ip` is neither an address nor a range.
 * @throws {Refusal} for a prefix or time out of range, a long reason, and refused blocks.
 *
 * @example
 * ```ts
 * import { blockIp } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const { entry } = await blockIp(kv, Date.now, {
 *   ip: "203.0.113.9",
 *   reason: "scans",
 *   created_by: "ann",
 * });
 * assertEquals(entry.reason, "scans");
 * ```
 */
export async function blockIp(
  kv: Deno.Kv,
  now: () => number,
  order: BlockOrder,
): Promise<Changed> {
  const range = toCidr(order.ip, "block");
  const key = keys.access("blocked", formatCidr(range));
  let entry: AccessEntry;
  const change = await commitChange(kv, now, async () => {
    entry = newEntry(range, order, now());
    if (!order.force) await refuse(kv, range, order, now());
    const hitsKey = keys.blockHits(entry.ip_address);
    const [before, hits] = await kv.getMany<[AccessEntry, Hits]>([
      key,
      hitsKey,
    ]);
    const known = before.value && isLive(before.value, now())
      ? before.value
      : null;
    if (known) {
      entry.created_at = known.created_at;
      if (order.extend) entry.expires_at = later(entry, known);
    }
    return {
      put: [{ list: "blocked", entry }],
      removed: [],
      // Hits of an expired block are not counted for this one; those of a live one expire with it.
      also: (atomic) => {
        if (!known) atomic.delete(hitsKey);
        else if (hits.value) {
          atomic.check(hits).set(hitsKey, hits.value, ttl(entry, now()));
        }
        order.also?.(atomic, entry, known);
      },
    };
  });
  return { entry: entry!, changes: change ? [change] : [] };
}

/**
 * Removes exactly this address or range from the blocklist. A wider range that contains the address
 * still blocks it: use `checkIp`.
 *
 * @throws {Refusal} if `ip` is neither an address nor a range.
 *
 * @example
 * ```ts
 * import { blockIp, unblockIp } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * await blockIp(kv, Date.now, { ip: "203.0.113.9", created_by: "ann" });
 * const { removed } = await unblockIp(kv, Date.now, "203.0.113.9");
 * assertEquals(removed?.ip_address, "203.0.113.9");
 * ```
 */
export function unblockIp(
  kv: Deno.Kv,
  now: () => number,
  ip: string | Cidr,
  also?: AccessOrder["also"],
): Promise<Removed> {
  return remove(kv, now, "blocked", toCidr(ip, "unblock"), also);
}

/**
 * Puts an address or range on the safelist, which takes precedence over the blocklist, and removes
 * the blocks within it; a wider block stays for its other addresses.
 *
 * @throws {Refusal} if `ip` is neither an address nor a range.
 * @throws {Refusal} for a prefix or time out of range, and a long reason.
 *
 * @example
 * ```ts
 * import { allowIp, blockIp } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * await blockIp(kv, Date.now, { ip: "203.0.113.9", created_by: "ann" });
 * const { lifted } = await allowIp(kv, Date.now, {
 *   ip: "203.0.113.0/24",
 *   created_by: "ann",
 * });
 * assertEquals(lifted.map((entry) => entry.ip_address), ["203.0.113.9"]);
 * ```
 */
export async function allowIp(
  kv: Deno.Kv,
  now: () => number,
  order: AccessOrder,
): Promise<Changed & { lifted: AccessEntry[] }> {
  const range = toCidr(order.ip, "allow");
  const changes: AccessChange[] = [];
  const lifted: AccessEntry[] = [];
  let entry: AccessEntry;
  let more = true;
  while (more) {
    let batch: AccessEntry[] = [];
    const change = await commitChange(kv, now, async () => {
      const blocks = await findWithin(kv, "blocked", range, now());
      batch = blocks.slice(0, MAX_REMOVED);
      more = batch.length < blocks.length;
      entry = newEntry(range, order, now());
      const before = await kv.get<AccessEntry>(
        keys.access("safe", entry.ip_address),
      );
      const known = before.value && isLive(before.value, now())
        ? before.value
        : null;
      if (known) entry.created_at = known.created_at;
      return {
        put: [{ list: "safe", entry }],
        removed: batch.map(({ ip_address }) => ({
          list: "blocked",
          ip_address,
        })),
        // Removing many blocks takes several writes; only the last one includes `also`.
        also: more ? undefined : (atomic) => order.also?.(atomic, entry, known),
      };
    });
    lifted.push(...batch);
    if (change) changes.push(change);
  }
  return { entry: entry!, lifted, changes };
}

/**
 * Removes exactly this address or range from the safelist. Removed blocks are not restored.
 *
 * @throws {Refusal} if `ip` is neither an address nor a range, or belongs to a host name.
 */
export function disallowIp(
  kv: Deno.Kv,
  now: () => number,
  ip: string | Cidr,
  also?: AccessOrder["also"],
): Promise<Removed> {
  return remove(kv, now, "safe", toCidr(ip, "disallow"), also);
}

/**
 * Why {@linkcode blockIp} would refuse, or null; for a preview.
 *
 * @throws {Refusal} if `ip` is neither an address nor a range.
 */
export async function refusalToBlock(
  kv: Deno.Kv,
  now: () => number,
  order: Pick<BlockOrder, "ip" | "trustedProxies" | "protectedIps">,
): Promise<string | null> {
  const range = toCidr(order.ip, "block");
  const safelist = [
    ...await findCovering(kv, "safe", range, now()),
    ...await findWithin(kv, "safe", range, now()),
  ];
  return refusalFor(range, { ...order, safelist, now: now() });
}

async function refuse(
  kv: Deno.Kv,
  range: Cidr,
  order: BlockOrder,
  now: number,
): Promise<void> {
  const refusal = await refusalToBlock(kv, () => now, {
    ...order,
    ip: range,
  });
  if (refusal) throw new Refusal("conflict", refusal);
}

async function remove(
  kv: Deno.Kv,
  now: () => number,
  list: ListName,
  range: Cidr,
  also: AccessOrder["also"],
): Promise<Removed> {
  const ip_address = formatCidr(range);
  let removed: AccessEntry | null = null;
  const change = await commitChange(kv, now, async () => {
    const { value } = await kv.get<AccessEntry>(keys.access(list, ip_address));
    removed = value && isLive(value, now()) ? value : null;
    if (!value) return null;
    const host = list === "safe" && removed !== null ? hostOf(value) : null;
    if (host !== null) {
      throw new Refusal(
        "conflict",
        `Cannot disallow ${ip_address}: it is on the safelist as an address of ${host}, which can be removed`,
      );
    }
    return {
      put: [],
      removed: [{ list, ip_address }],
      also: (atomic) => {
        if (removed) also?.(atomic, removed);
      },
    };
  });
  return { removed, changes: change ? [change] : [] };
}

function later(a: AccessEntry, b: AccessEntry): number | null {
  if (a.expires_at === null || b.expires_at === null) return null;
  return Math.max(a.expires_at, b.expires_at);
}
