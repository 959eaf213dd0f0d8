import { DAY, HOUR } from "../base/duration.ts";
import {
  type AddressStorage,
  fullAddresses,
} from "../privacy/address_storage.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";

/** How often an address was blocked automatically. Times are epoch milliseconds. */
export interface Offence {
  /** Which of the durations the last block had. */
  level: number;
  /** When the last block ends, or was lifted. */
  blocked_until: number;
  /** Evidence up to this time has been acted on. */
  evidence_until: number;
  expires_at: number;
}

/** How long the first, second, third and every further automatic block lasts, in milliseconds. */
export const BLOCK_DURATIONS = [HOUR, 4 * HOUR, DAY, 7 * DAY] as const;

/** After each such time without a block the next one is a step shorter. */
export const GOOD_BEHAVIOUR_MS = 7 * DAY;

const LIFETIME_MS = (BLOCK_DURATIONS.length + 1) * GOOD_BEHAVIOUR_MS;
const JITTER = 0.1;

/** By what an offence is found: the address, or hashes of it by the keys that are held. */
export type OffenceNames = Pick<AddressStorage, "formsOf" | "isForm">;

/** What is known of an address, and where. */
export interface KnownOffence {
  value: Offence | null;
  /** The first is where it is written. */
  entries: Deno.KvEntryMaybe<Offence>[];
}

/** What is known of an address. */
export async function readOffence(
  kv: Deno.Kv,
  ip: string,
  now: number,
  { formsOf }: OffenceNames = fullAddresses,
): Promise<KnownOffence> {
  // Where addresses are hashed, no offence is kept by the address itself.
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

/** The step that the next block of an address has. */
export function nextLevel(offence: Offence | null, now: number): number {
  if (offence === null) return 0;
  const good = Math.floor(
    Math.max(0, now - offence.blocked_until) / GOOD_BEHAVIOUR_MS,
  );
  const level = offence.level + 1 - good;
  return Math.min(Math.max(0, level), BLOCK_DURATIONS.length - 1);
}

/**
 * How long the block of a step lasts, in milliseconds: up to a tenth more, so that blocked clients
 * cannot predict its end. The same for the same address and step, so that two processes agree.
 */
export function blockDuration(
  ip: string,
  level: number,
): number {
  return jittered(ip, level, BLOCK_DURATIONS[level]!);
}

/**
 * The same for a rule that says how long the first block lasts: that long, then as much longer as
 * other automatic blocks grow, up to the longest of them.
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

/** Adds to a commit what is known of an address now, if that is as it was read. */
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
