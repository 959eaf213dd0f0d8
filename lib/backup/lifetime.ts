import { keys } from "../store/keys.ts";
import type { BackupEntry } from "./format.ts";

/**
 * Entries that expire within minutes, concern only this store, or would block a server on the
 * restored one.
 */
const PASSING = new Set([
  keys.throttle("", ""),
  keys.spray(""),
  keys.lease(""),
  keys.accessStamp(),
  keys.accessChangesAll(),
  keys.accessSnapshot(),
  keys.accessSnapshotChunksAll(),
  keys.restoring(),
  // A copy of them would defeat the purpose of deleting them.
  keys.privacyKey(),
  keys.hashKeysAll(),
  keys.sealKeysAll(),
  keys.migrating(),
  keys.jobRunsAll(),
  keys.lastBackup(),
  keys.probe(),
].map(first));

/** Entries whose end stands in another one, which comes before them in the order of keys. */
const FOLLOWS = new Map([
  [keys.userSessions(""), keys.sessionsAll()],
  [keys.userDevices(""), keys.device("")],
  [keys.blockHitsAll(), keys.accessAll("blocked")],
].map(([key, leader]) => [first(key!), first(leader!)]));
const LEADERS = new Set(FOLLOWS.values());

/**
 * Whether an entry belongs into a backup. Counters of limits, leases, messages between processes
 * and snapshots of the lists do not: limits start from zero after a restore.
 */
export function isKept(key: Deno.KvKey): boolean {
  return !PASSING.has(first(key));
}

/**
 * Computes when entries expire, as KV does not return their `expireIn`. Entries have to come in the
 * order of their keys.
 */
export class Lifetimes {
  readonly #ends = new Map<string, number>();

  /** Epoch ms; null where the entry has no end of its own and goes with what it belongs to. */
  endOf({ key, value }: BackupEntry): number | null {
    const kind = first(key);
    const leader = FOLLOWS.get(kind);
    if (leader !== undefined) {
      return this.#ends.get(`${leader} ${String(key.at(-1))}`) ?? null;
    }
    const end = ownEnd(value);
    if (end !== null && LEADERS.has(kind)) {
      this.#ends.set(`${kind} ${String(key.at(-1))}`, end);
    }
    return end;
  }
}

function ownEnd(value: unknown): number | null {
  if (typeof value !== "object" || value === null) return null;
  const { expires_at, expiresAt } = value as Record<string, unknown>;
  const end = expires_at ?? expiresAt;
  return typeof end === "number" && Number.isFinite(end) ? end : null;
}

function first(key: Deno.KvKey): string {
  return String(key[0]);
}
