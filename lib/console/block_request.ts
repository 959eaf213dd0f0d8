import { parseDuration } from "../base/duration.ts";
import {
  type Cidr,
  contains,
  formatCidr,
  isSingle,
  parseCidr,
} from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
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
import { audited, auditedHost } from "../lists/access_audit.ts";
import { CONFIRM_MS } from "../lists/block_confirm.ts";
import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import {
  allowHost,
  disallowHost,
  type SafeHost,
  safeHostName,
} from "../lists/safe_hosts.ts";
import { type Impact, measureImpact } from "../log/impact.ts";

/** The unparsed list entry of a form or an API call. */
export interface EntryText {
  ip: string;
  reason?: string;
  /** A duration such as `24h`; omitted: until it is removed. */
  for?: string;
  force?: boolean;
}

/** The parsed entry. */
export interface EntryInput {
  range: Cidr;
  reason?: string;
  /** Epoch ms; null: until it is removed. */
  expires_at: number | null;
  force: boolean;
}

/** The author of a request and their address, which must not be blocked by mistake. */
export interface Author {
  by: string;
  from: string;
}

/** An author who can confirm a block of their own address. */
export interface SignedInAuthor extends Author {
  /** The id of the session. */
  session: string;
}

/** The action, for the message of a refusal. */
type Verb = "block" | "unblock" | "allow" | "disallow";

/**
 * Parses a list entry. A hash from the log (`PRIVACY_IP=hashed`) is replaced by its address, as no
 * client has a hash as address.
 *
 * @throws {Refusal} 422 for an invalid address, range or duration, 409 for a hash whose address is
 * no longer known, without force.
 */
export async function readEntry(
  services: ConsoleParts,
  { ip, reason, for: lifetime, force = false }: EntryText,
  verb: "block" | "allow",
): Promise<EntryInput> {
  const range = readRange(ip, verb);
  const whole = await wholeAddress(services, range);
  if (whole === null && !force) {
    throw new Refusal(
      "conflict",
      `Cannot ${verb} ${
        formatCidr(range)
      } without force: it is a hash whose address is no longer known`,
    );
  }
  return {
    range: whole ?? range,
    reason: reason?.trim(),
    expires_at: readEnd(lifetime, services.now()),
    force,
  };
}

/** @throws {Refusal} 422 for anything but an address or a range. */
export function readRange(text: string, verb: Verb): Cidr {
  return parseCidr(text.trim(), verb);
}

/** When an entry expires, epoch ms; null: never. */
function readEnd(lifetime: string | undefined, now: number): number | null {
  const text = lifetime?.trim();
  return text ? now + parseDuration(text) : null;
}

/** The address of a hash, null if it is unknown; anything else unchanged. */
async function wholeAddress(
  { kv, now, addresses }: ConsoleParts,
  range: Cidr,
): Promise<Cidr | null> {
  const form = formatCidr(range);
  if (!isSingle(range) || !addresses.isForm(form)) return range;
  const ip = await addressBehind(kv, now, addresses, form);
  return ip === null ? null : parseCidr(ip);
}

/** A block that was made. */
export interface Blocked {
  entry: AccessEntry;
  /** The path where the same session confirms it; null if no confirmation is required. */
  confirmAt: string | null;
}

/**
 * Blocks; takes effect in this process at once and in all others within a second. A forced block
 * that covers the author's own address is written for 60 seconds only, until it is confirmed.
 *
 * @throws {Refusal} 409 for a block that is refused without force.
 */
export async function blockToConfirm(
  services: ConsoleParts,
  input: EntryInput,
  author: SignedInAuthor,
): Promise<Blocked> {
  const { now, confirmations } = services;
  const { expires_at } = input;
  const pending_until = now() + CONFIRM_MS;
  const waits = input.force &&
    (expires_at === null || expires_at > pending_until) &&
    await locksOut(services, input.range, author);
  const entry = await block(
    services,
    { ...input, expires_at: waits ? pending_until : expires_at },
    author,
  );
  const { ip_address } = entry;
  const { session } = author;
  const confirmAt = waits
    ? confirmations.path({ ip_address, pending_until, expires_at, session })
    : null;
  return { entry, confirmAt };
}

/**
 * Like {@linkcode blockToConfirm}, except if the block would affect signed-in users or, on request,
 * if it is of a range: that needs a preview first.
 *
 * @returns the impact, if it was not done.
 */
export async function blockUnlessSeen(
  services: ConsoleParts,
  input: EntryInput,
  author: SignedInAuthor,
  { showRanges = false }: { showRanges?: boolean } = {},
): Promise<Blocked | { impact: Impact }> {
  const impact = await previewBlock(services, input.range, author);
  const isShown = impact.user_count > 0 || showRanges && !isSingle(input.range);
  return isShown && impact.refusal === null
    ? { impact }
    : await blockToConfirm(services, input, author);
}

/**
 * Whether a block would newly cover the author's own address. If the same block is already active,
 * nobody else is locked out, and it must not be shortened.
 */
async function locksOut(
  { kv, now }: ConsoleParts,
  range: Cidr,
  { from }: Author,
): Promise<boolean> {
  const author = parseIp(from);
  if (author === null || !contains(range, author)) return false;
  const { value } = await kv.get<AccessEntry>(
    keys.access("blocked", formatCidr(range)),
  );
  return !(value && isLive(value, now() + CONFIRM_MS));
}

/** The impact of a block, before it is made. */
export async function previewBlock(
  { kv, now, config, addresses }: ConsoleParts,
  range: Cidr,
  { from }: Pick<Author, "from">,
  patienceMs?: number,
): Promise<Impact> {
  return await measureImpact(kv, now, range, {
    from,
    patienceMs,
    trustedProxies: config.trustedProxies,
    addresses,
  });
}

async function block(
  { kv, now, lists, config }: ConsoleParts,
  { range, reason, expires_at, force }: EntryInput,
  { by, from }: Author,
): Promise<AccessEntry> {
  const { entry, changes } = await blockIp(kv, now, {
    ip: range,
    reason,
    created_by: by,
    expires_at,
    also: audited("block", { who: by, from, ip: range, why: reason }, now),
    force,
    trustedProxies: config.trustedProxies,
    protectedIps: [from],
  });
  lists.applyLocal(changes);
  return entry;
}

/** Removes a block; null if there is none. */
export async function unblock(
  { kv, now, lists }: ConsoleParts,
  range: Cidr,
  { by, from }: Author,
): Promise<AccessEntry | null> {
  const also = audited("unblock", { who: by, from, ip: range }, now);
  const { removed, changes } = await unblockIp(kv, now, range, also);
  lists.applyLocal(changes);
  return removed;
}

/**
 * What was added to the safelist: an address or range with the blocks that it lifted, or a name.
 */
export type Allowed =
  | { entry: AccessEntry; lifted: AccessEntry[] }
  | { host: SafeHost };

/**
 * Adds an address, a range or a host name to the safelist.
 *
 * @throws {Refusal} as {@linkcode readEntry} does.
 */
export async function allowAsked(
  services: ConsoleParts,
  asked: EntryText,
  author: Author,
): Promise<Allowed> {
  const { kv, now, lists, resolver } = services;
  const host = safeHostName(asked.ip);
  if (host === null) {
    return await allow(
      services,
      await readEntry(services, asked, "allow"),
      author,
    );
  }
  const { by, from } = author;
  const why = asked.reason?.trim();
  const allowed = await allowHost({ kv, now, resolver }, {
    host,
    reason: why,
    created_by: by,
    expires_at: readEnd(asked.for, now()),
    also: auditedHost("allow", { who: by, from, host, why }, now),
  });
  lists.applyLocal(allowed.changes);
  return { host: allowed.host };
}

/** Adds an address or range to the safelist, which lifts blocks. */
export async function allow(
  { kv, now, lists }: ConsoleParts,
  { range, reason, expires_at }: EntryInput,
  { by, from }: Author,
): Promise<{ entry: AccessEntry; lifted: AccessEntry[] }> {
  const { entry, lifted, changes } = await allowIp(kv, now, {
    ip: range,
    reason,
    created_by: by,
    expires_at,
    also: audited("allow", { who: by, from, ip: range, why: reason }, now),
  });
  lists.applyLocal(changes);
  return { entry, lifted };
}

/**
 * Removes an address, a range or a host name from the safelist; false if it was not there.
 *
 * @throws {Refusal} 422 for anything else, 409 for an address that is there because of a host name.
 */
export async function disallowAsked(
  services: ConsoleParts,
  asked: string,
  author: Author,
): Promise<boolean> {
  const { kv, now, lists } = services;
  const host = safeHostName(asked);
  if (host === null) {
    return await disallow(services, readRange(asked, "disallow"), author);
  }
  const { by, from } = author;
  const also = auditedHost("disallow", { who: by, from, host }, now);
  const { removed, changes } = await disallowHost(kv, now, host, also);
  lists.applyLocal(changes);
  return removed !== null;
}

/** Removes an address or range from the safelist; false if it was not there. */
export async function disallow(
  { kv, now, lists }: ConsoleParts,
  range: Cidr,
  { by, from }: Author,
): Promise<boolean> {
  const also = audited("disallow", { who: by, from, ip: range }, now);
  const { removed, changes } = await disallowIp(kv, now, range, also);
  lists.applyLocal(changes);
  return removed !== null;
}
