/**
 * Blocks by counting rules, with the protections and growing durations of automatic blocks, applied
 * once across all processes.
 *
 * @module
 */
import { Refusal } from "../base/refusal.ts";
import { logLine } from "../base/log_line.ts";
import type { AccessChange, AccessEntry } from "../lists/access_entry.ts";
import { isLive } from "../lists/access_entry.ts";
import { blockAutomatically } from "../lists/automatic_block.ts";
import { nextLevel, readOffence, ruledDuration } from "../lists/offence.ts";
import { type Cidr, contains, formatCidr, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { limitSubject } from "../net/prefix.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { keys } from "../store/keys.ts";
import { takeLease } from "../store/lease.ts";
import type { Rule } from "./rule.ts";
import { networkOf } from "../net/network.ts";

/** Options of {@linkcode ban}. */
export interface BanOptions {
  kv: Deno.Kv;
  now: () => number;
  trustedProxies: readonly Cidr[];
  ipv6Prefix: number;
  addresses: AddressStorage;
  /** Addresses that must not be blocked automatically, as stored. */
  protectedAddresses?: () => Promise<ReadonlySet<string>>;
  /** Called with changes of the lists, so that this process applies them at once. */
  applyLocal: (changes: readonly AccessChange[]) => void;
}

/** How long a second process that sees the same count is excluded. */
const HOLD_MS = 10_000;

/**
 * Blocks a client that reached a rule's limit; false if another process did, or it is protected.
 */
export async function ban(
  options: BanOptions,
  rule: Rule,
  ip: string,
): Promise<boolean> {
  const { kv, now, addresses } = options;
  const target = rule.by === "network"
    ? networkOf(ip) ?? ip
    : limitSubject(ip, options.ipv6Prefix);
  const lease = await takeLease({
    kv,
    now,
    job: `ban ${addresses.nameOf("limit", target)}`,
    holdMs: HOLD_MS,
  });
  if (lease === null) return false;
  try {
    const offence = await readOffence(kv, target, now(), addresses);
    if ((offence.value?.blocked_until ?? 0) > now()) {
      const { value } = await kv.get<AccessEntry>(
        keys.access("blocked", target),
      );
      if (value !== null && isLive(value, now())) return false;
    }
    const range = parseCidr(target, "block");
    const why = await protection(options, range);
    if (why !== null) throw new Refusal("conflict", why);
    const at = now();
    const level = nextLevel(offence.value, at);
    const until = at + ruledDuration(target, level, rule.blockMs);
    const { limit, windowMs } = rule.after!;
    await blockAutomatically(options, {
      ...{ range, level, at, until, before: offence, rule: rule.name },
      reason: `${rule.name}: ${limit} requests within ${windowMs / 1_000} s`,
      evidence_until: at,
      findings: [],
    });
    logLine("warn", "excess_policy_block", {
      ip_address: ip,
      rule: rule.name,
      seconds: Math.round((until - at) / 1_000),
    });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    logLine("info", "sys_policy_spared", {
      ip_address: ip,
      rule: rule.name,
      why: error.message,
    });
    return false;
  } finally {
    await lease.release().catch(() => {});
  }
}

/** Why a target must not be blocked; null if it may be. */
async function protection(
  { protectedAddresses, addresses }: BanOptions,
  range: Cidr,
): Promise<string | null> {
  const held = await protectedAddresses?.();
  if (held === undefined || held.size === 0) return null;
  const isHeld = [...held].some((text) => {
    const ip = parseIp(text);
    return ip !== null && contains(range, ip);
  }) || addresses.formsOf(formatCidr(range)).some((form) => held.has(form));
  return isHeld ? "an admin or known user uses it" : null;
}
