import { Refusal } from "../base/refusal.ts";
import { type Cidr, formatCidr } from "../net/cidr.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import type { AccessChange, AccessEntry } from "./access_entry.ts";
import { DAY } from "../base/duration.ts";

/**
 * An order to put an address or range on a list.
 *
 * @example
 * ```ts
 * import { type AccessOrder, allowIp } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const order: AccessOrder = {
 *   ip: "192.0.2.0/24",
 *   reason: "our office",
 *   created_by: "ann",
 * };
 * const { entry } = await allowIp(kv, Date.now, order);
 * assertEquals(entry.ip_address, "192.0.2.0/24");
 * ```
 */
export interface AccessOrder {
  /** An address or CIDR range, parsed or in any spelling. */
  ip: string | Cidr;
  /** At most 500 characters. @default {""} */
  reason?: string;
  /** A user's name, or the job that gives the order. */
  created_by: string;
  /** Epoch ms, or null if the entry does not expire. @default {null} */
  expires_at?: number | null;
  /**
   * Adds further mutations to the same atomic write, such as an audit entry; `entry` is the entry
   * that is added or removed, `before` the one it replaces.
   */
  also?: (
    atomic: Deno.AtomicOperation,
    entry?: AccessEntry,
    before?: AccessEntry | null,
  ) => void;
}

/** A change without its version. */
export type Plan = Omit<AccessChange, "version" | "at"> & {
  /** Adds further mutations to the same atomic write. */
  also?: (atomic: Deno.AtomicOperation) => void;
};

/** How long the record of a change is kept; processes that missed more reload the lists. */
const CHANGE_TTL_MS = DAY;
const MAX_REASON = 500;

/**
 * The stored form of an order.
 *
 * @throws {Refusal} for a long reason, or an expiry that is not in the future.
 */
export function newEntry(
  range: Cidr,
  { reason = "", created_by, expires_at = null }: Omit<
    AccessOrder,
    "ip" | "also"
  >,
  now: number,
): AccessEntry {
  const ip_address = formatCidr(range);
  if (reason.length > MAX_REASON) {
    throw new Refusal(
      "invalid",
      `Cannot list ${ip_address}: expected a reason of at most ${MAX_REASON} characters`,
    );
  }
  if (expires_at !== null && !(expires_at > now && expires_at <= 8.64e15)) {
    throw new Refusal(
      "invalid",
      `Cannot list ${ip_address}: expected an end in the future`,
    );
  }
  return { ip_address, reason, created_at: now, created_by, expires_at };
}

/** `expireIn` for an entry's row, which only cleans up: `expires_at` decides. */
export function ttl(
  { expires_at }: Pick<AccessEntry, "expires_at">,
  now: number,
): { expireIn?: number } {
  return expires_at === null
    ? {}
    : { expireIn: Math.max(1, Math.ceil(expires_at - now)) };
}

/**
 * Commits the change that `plan` returns, as the lists' next version; returns null if `plan`
 * returns none. All that `plan` reads is unchanged at the commit, because every change checks the
 * version.
 */
export function commitChange(
  kv: Deno.Kv,
  now: () => number,
  plan: () => Promise<Plan | null>,
): Promise<AccessChange | null> {
  return compareAndSet(async () => {
    const version = await kv.get<number>(keys.accessVersion());
    const planned = await plan();
    if (!planned) return null;
    const { also, ...rest } = planned;
    const change = {
      version: (version.value ?? 0) + 1,
      at: now(),
      ...rest,
    };
    const atomic = kv.atomic().check(version);
    writeChange(atomic, change, now());
    also?.(atomic);
    return (await atomic.commit()).ok ? change : undefined;
  });
}

/** Adds a change, its record and its version to an atomic write. */
function writeChange(
  atomic: Deno.AtomicOperation,
  change: AccessChange,
  now: number,
): void {
  atomic.set(keys.accessVersion(), change.version)
    .set(
      keys.accessChange(change.version),
      { ...change, expires_at: now + CHANGE_TTL_MS },
      { expireIn: CHANGE_TTL_MS },
    );
  for (const { list, entry } of change.put) {
    atomic.set(keys.access(list, entry.ip_address), entry, ttl(entry, now));
  }
  for (const { list, ip_address } of change.removed) {
    atomic.delete(keys.access(list, ip_address));
    if (list === "blocked") atomic.delete(keys.blockHits(ip_address));
  }
}
