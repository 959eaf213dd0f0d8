import { parseDuration } from "../base/duration.ts";
import { contains, formatCidr, parseCidr } from "../net/cidr.ts";
import { canonicalIp, parseIp } from "../net/ip.ts";
import { addressBehind } from "../log/address_behind.ts";
import { Refusal } from "../base/refusal.ts";
import type { ConsoleParts } from "./console_parts.ts";
import {
  allowIp,
  blockIp,
  disallowIp,
  unblockIp,
} from "../lists/access_store.ts";
import { keys } from "../store/keys.ts";
import { audited } from "../lists/access_audit.ts";
import { CONFIRM_MS } from "../lists/block_confirm.ts";
import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import {
  allowHost,
  disallowHost,
  type SafeHost,
  safeHostName,
} from "../lists/safe_hosts.ts";
import { type Impact, measureImpact } from "../log/impact.ts";

/** Somebody's wish to block, as a form or the API takes it. */
export interface BlockInput {
  ip: string;
  reason?: string;
  /** A duration such as `24h`; left out: until unblocked. */
  for?: string;
  force?: boolean;
  /** Who wishes it, and from where: one's own address is not blocked by mistake. */
  by: string;
  from: string;
}

/** A wish that came from a page. */
export interface PageBlockInput extends BlockInput {
  /** The id of the browser's session. */
  session: string;
}

/**
 * Blocks for a page or the API; holds in this process at once and in all others within a second. A
 * forced block that covers the address it comes from is written for 60 seconds only; `confirmAt` is
 * the path where the same session makes it stand, null for any other block.
 *
 * @throws {Refusal} 422 for what is no address, range or duration, 409 for a block that is
 * refused without force.
 */
export async function blockToConfirm(
  services: ConsoleParts,
  wish: PageBlockInput,
): Promise<{ entry: AccessEntry; confirmAt: string | null }> {
  const { now, confirmations } = services;
  wish = await withWholeAddress(services, wish, "block");
  const expires_at = endOf(wish, now());
  const pending_until = now() + CONFIRM_MS;
  const waits = wish.force === true &&
    (expires_at === null || expires_at > pending_until) &&
    await locksOut(services, wish);
  const entry = await block(
    services,
    wish,
    waits ? pending_until : expires_at,
  );
  const { ip_address } = entry;
  const { session } = wish;
  const confirmAt = waits
    ? confirmations.path({ ip_address, pending_until, expires_at, session })
    : null;
  return { entry, confirmAt };
}

/** {@linkcode blockToConfirm} for a form, which leads to the path. */
export async function blockFromPage(
  services: ConsoleParts,
  wish: PageBlockInput,
): Promise<string | null> {
  return (await blockToConfirm(services, wish)).confirmAt;
}

/**
 * Whether a block would newly cover the address that asks for it. Where the same block is in force
 * already, it locks out nobody who still gets through, and must not be shortened.
 */
async function locksOut(
  { kv, now }: ConsoleParts,
  { ip, from }: BlockInput,
): Promise<boolean> {
  const range = rangeOf(ip);
  const own = parseIp(from);
  if (own === null || !contains(range, own)) return false;
  const { value } = await kv.get<AccessEntry>(
    keys.access("blocked", formatCidr(range)),
  );
  return !(value && isLive(value, now() + CONFIRM_MS));
}

/**
 * What a block would hit, before it is ordered.
 *
 * @throws {Refusal} 422 for what is neither an address nor a range.
 */
export async function previewAsked(
  services: ConsoleParts,
  asked: Pick<BlockInput, "ip" | "from">,
  patienceMs?: number,
): Promise<Impact> {
  const { kv, now, config, addresses } = services;
  const { ip, from } = await withWholeAddress(services, asked, "block");
  return await measureImpact(kv, now, ip.trim(), {
    from,
    patienceMs,
    trustedProxies: config.trustedProxies,
    addresses,
  });
}

/**
 * The wish with the address itself where it names a hash from the log (`PRIVACY_IP=hashed`): nobody
 * comes from that.
 */
async function withWholeAddress<W extends Pick<BlockInput, "ip" | "force">>(
  { kv, now, addresses }: ConsoleParts,
  wish: W,
  verb: "block" | "allow",
): Promise<W> {
  const form = canonicalIp(wish.ip.trim());
  if (form === null || !addresses.isForm(form)) return wish;
  const ip = await addressBehind(kv, now, addresses, form);
  if (ip !== null) return { ...wish, ip };
  if (wish.force) return wish;
  throw new Refusal(
    "conflict",
    `Cannot ${verb} ${form} without force: it stands for an address of the log that is not known any more`,
  );
}

async function block(
  { kv, now, lists, config }: ConsoleParts,
  wish: BlockInput,
  expires_at: number | null,
): Promise<AccessEntry> {
  const { entry, changes } = await blockIp(kv, now, {
    ip: wish.ip.trim(),
    reason: wish.reason?.trim(),
    created_by: wish.by,
    expires_at,
    also: audited("block", {
      who: wish.by,
      from: wish.from,
      ip: wish.ip.trim(),
      why: wish.reason?.trim(),
    }, now),
    force: wish.force,
    trustedProxies: config.trustedProxies,
    protectedIps: [wish.from],
  });
  lists.applyLocal(changes);
  return entry;
}

/** When a wished block ends, epoch ms, or null: not by itself. */
function endOf(wish: Pick<BlockInput, "for">, now: number): number | null {
  const text = wish.for?.trim();
  if (!text) return null;
  return now + parseDuration(text);
}

function rangeOf(ip: string) {
  return parseCidr(ip.trim(), "block");
}

/** A wish to take something off a list. */
export type RemovalWish = Pick<BlockInput, "ip" | "by" | "from">;

/** Takes a block back; null where there is none. Throws as {@linkcode blockToConfirm} does. */
export async function unblockAsked(
  { kv, now, lists }: ConsoleParts,
  wish: RemovalWish,
): Promise<AccessEntry | null> {
  const ip = wish.ip.trim();
  const also = audited("unblock", { who: wish.by, from: wish.from, ip }, now);
  const { removed, changes } = await unblockIp(kv, now, ip, also);
  lists.applyLocal(changes);
  return removed;
}

/** What was put on the safelist: an address or range with the blocks that it lifted, or a name. */
export type Allowed =
  | { entry: AccessEntry; lifted: AccessEntry[] }
  | { host: SafeHost };

/**
 * Puts an address, a range or a host's name on the safelist, which lifts blocks. Throws as
 * {@linkcode blockToConfirm} does.
 */
export async function allowAsked(
  services: ConsoleParts,
  wish: RemovalWish & Pick<BlockInput, "reason" | "for">,
): Promise<Allowed> {
  const { kv, now, lists, resolver } = services;
  const expires_at = endOf(wish, now());
  const reason = wish.reason?.trim();
  const deed = { who: wish.by, from: wish.from, why: reason };
  const name = safeHostName(wish.ip);
  if (name !== null) {
    const { host, changes } = await allowHost({ kv, now, resolver }, {
      host: name,
      reason,
      created_by: wish.by,
      expires_at,
      also: audited("allow", { ...deed, ip: name }, now),
    });
    lists.applyLocal(changes);
    return { host };
  }
  wish = await withWholeAddress(services, wish, "allow");
  const ip = wish.ip.trim();
  const { entry, lifted, changes } = await allowIp(kv, now, {
    ip,
    reason,
    created_by: wish.by,
    expires_at,
    also: audited("allow", { ...deed, ip }, now),
  });
  lists.applyLocal(changes);
  return { entry, lifted };
}

/** Takes off the safelist; false where it was not there. Throws as {@linkcode blockToConfirm} does. */
export async function disallowAsked(
  { kv, now, lists }: ConsoleParts,
  wish: RemovalWish,
): Promise<boolean> {
  const ip = wish.ip.trim();
  const also = audited(
    "disallow",
    { who: wish.by, from: wish.from, ip },
    now,
  );
  const { removed, changes } = safeHostName(ip) === null
    ? await disallowIp(kv, now, ip, also)
    : await disallowHost(kv, now, ip, also);
  lists.applyLocal(changes);
  return removed !== null;
}
