import { DAY, HOUR } from "../base/duration.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";

/** How often an address was blocked automatically. Times are epoch milliseconds. */
export interface Offence {
  /** Index of the last block's duration. */
  level: number;
  /** When the last block ends, or was removed. */
  blocked_until: number;
  /** Evidence up to this time is already used. */
  evidence_until: number;
  expires_at: number;
}

/** How long the first, second, third and every further automatic block lasts, in milliseconds. */
export const BLOCK_DURATIONS = [HOUR, 4 * HOUR, DAY, 7 * DAY] as const;

/** After each such period without a block, the next one is a step shorter. */
export const GOOD_BEHAVIOUR_MS = 7 * DAY;

const LIFETIME_MS = (BLOCK_DURATIONS.length + 1) * GOOD_BEHAVIOUR_MS;
const JITTER = 0.1;

/** The names of an address's offence: the address, or its hashes by the keys in use. */
export type OffenceNames = Pick<AddressStorage, "formsOf" | "isForm">;

/** The offence of an address, and its store entries. */
export interface KnownOffence {
  value: Offence | null;
  /** The first is the one written to. */
  entries: Deno.KvEntryMaybe<Offence>[];
}

/** Reads the offence of an address. */
export async function readOffence(
  kv: Deno.Kv,
  ip: string,
  now: number,
  { formsOf }: OffenceNames = fullAddresses,
): Promise<KnownOffence> {
  // If addresses are hashed, no offence is stored by the address itself.
  const [first, ...forms] = formsOf(ip);
  const names = forms.length > 0 ? forms : [first!];
  const entries = await Promise.all(
    names.map((name) => kv.get<Offence>(keys.offence(name))),
  );
  const found = entries.find(({ value }) =>
    value !== null && value.expires_at > now
  );
  return { value: found?.value ?? null, entries };
}

/** Index of the next block's duration for an address. */
export function nextLevel(offence: Offence | null, now: number): number {
  if (offence === null) return 0;
  const good = Math.floor(
    Math.max(0, now - offence.blocked_until) / GOOD_BEHAVIOUR_MS,
  );
  const level = offence.level + 1 - good;
  return Math.min(Math.max(0, level), BLOCK_DURATIONS.length - 1);
}

/**
 * Duration of a block, in milliseconds: up to a tenth longer than its step's, so that blocked
 * clients cannot predict its end. The same for the same address and step, so that two processes
 * agree.
 */
export function blockDuration(
  ip: string,
  level: number,
): number {
  return jittered(ip, level, BLOCK_DURATIONS[level]!);
}

/**
 * The same for a rule with its own first duration: later blocks grow by the same factors as other
 * automatic blocks, up to the longest of them.
 */
export function ruledDuration(
  ip: string,
  level: number,
  firstMs: number,
): number {
  if (level === 0) return firstMs;
  const grown = firstMs * BLOCK_DURATIONS[level]! / BLOCK_DURATIONS[0];
  const longest = Math.max(firstMs, BLOCK_DURATIONS.at(-1)!);
  return jittered(ip, level, Math.min(grown, longest));
}

function jittered(ip: string, level: number, base: number): number {
  const hash = parseInt(sha256Hex(`${ip} ${level}`).slice(0, 8), 16);
  return base + Math.round(base * JITTER * hash / 0xffff_ffff);
}

/**
 * Adds the new offence of an address to a commit, which fails if the stored one has changed since
 * it was read.
 */
export function putOffence(
  commit: Deno.AtomicOperation,
  { entries: [entry, ...older] }: KnownOffence,
  offence: Omit<Offence, "expires_at">,
): Deno.AtomicOperation {
  const expireIn = BLOCK_DURATIONS.at(-1)! + LIFETIME_MS;
  const expires_at = offence.blocked_until + LIFETIME_MS;
  for (const each of older) {
    commit.check(each);
    if (each.versionstamp !== null) commit.delete(each.key);
  }
  return commit.check(entry!)
    .set(entry!.key, { ...offence, expires_at }, { expireIn });
}
