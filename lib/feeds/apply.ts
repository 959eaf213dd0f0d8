import { commitChange, ttl } from "../lists/access_commit.ts";
import {
  type AccessChange,
  type AccessEntry,
  type Hits,
  isLive,
} from "../lists/access_entry.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { endOf, type ListOwner, reasonOf, type RowChange } from "./diff.ts";
import { authorOf } from "./feed.ts";
import type { Wanted } from "./read_list.ts";

/** What {@linkcode applyRows} needs to know. */
export interface ApplyOptions {
  kv: Deno.Kv;
  now: () => number;
  owner: ListOwner;
  wanted: ReadonlyMap<string, Wanted>;
  /** What other feeds want of entries that this one lets go. */
  heirs: ReadonlyMap<string, { owner: ListOwner; want: Wanted }>;
  /** Have everybody read the lists again in any case: a run before this one may have broken off. */
  announce: boolean;
  /** Asked before every write; rejects where somebody else has taken over. */
  checkIn: () => Promise<void>;
  onProgress?: (done: number, of: number) => void;
}

/** A check for each row, for its hits and for the version: Deno KV takes 100 in one atomic write. */
const PER_WRITE = 49;
/** Up to here others follow change by change, and need not read their lists again. */
const MAX_FOLLOWED = 2_000;

/**
 * Writes what a diff found. Every row is checked to be as it was seen, or looked at again: what
 * somebody blocks or unblocks meanwhile stands. Running it again does nothing twice.
 *
 * Many rows become visible to running servers at the end, all at once.
 *
 * @returns the changes for `AccessLists.applyLocal`.
 */
export async function applyRows(
  rows: readonly RowChange[],
  options: ApplyOptions,
): Promise<AccessChange[]> {
  const { kv, now, checkIn, announce, onProgress } = options;
  const follows = rows.length <= MAX_FOLLOWED && !announce;
  const made: AccessChange[] = [];
  for (let i = 0; i < rows.length; i += PER_WRITE) {
    await checkIn();
    const batch = rows.slice(i, i + PER_WRITE);
    if (follows) {
      const change = await commitChange(kv, now, async () => {
        const plan = await look(batch, options);
        return plan.put.length + plan.removed.length > 0
          ? {
            put: plan.put.map((entry) => ({ list: "blocked", entry })),
            removed: plan.removed.map((ip_address) => ({
              list: "blocked",
              ip_address,
            })),
            also: (atomic) => {
              for (const row of plan.rows) atomic.check(row);
              keepHits(atomic, plan, now());
            },
          }
          : null;
      });
      if (change) made.push(change);
    } else await writeSilently(batch, options);
    onProgress?.(Math.min(i + PER_WRITE, rows.length), rows.length);
  }
  if (!follows) {
    await checkIn();
    const change = await commitChange(
      kv,
      now,
      () => Promise.resolve({ put: [], removed: [], reload: true }),
    );
    if (change) made.push(change);
  }
  return made;
}

interface BatchPlan {
  put: AccessEntry[];
  removed: string[];
  /** What has to be as it was. */
  rows: { key: Deno.KvKey; versionstamp: string | null }[];
  hits: (Deno.KvEntryMaybe<Hits> & { expires_at: number | null })[];
}

/** What to do with the rows as they are now. */
async function look(
  batch: readonly RowChange[],
  { kv, now, owner, wanted, heirs }: ApplyOptions,
): Promise<BatchPlan> {
  const plan: BatchPlan = { put: [], removed: [], rows: [], hits: [] };
  const at = now();
  const stored = await getAll<AccessEntry>(
    kv,
    batch.map(({ ip }) => keys.access("blocked", ip)),
  );
  const renewed: AccessEntry[] = [];
  for (const [i, { ip }] of batch.entries()) {
    const row = stored[i]!;
    const before = row.value && isLive(row.value, at) ? row.value : null;
    if (before && before.created_by !== authorOf(owner.name)) continue;
    const want = wanted.get(ip);
    const heir = want ? { owner, want } : before && heirs.get(ip);
    if (heir) {
      const entry = entryOf(ip, heir.want, heir.owner, before?.created_at, at);
      plan.put.push(entry);
      if (before) renewed.push(entry);
    } else if (row.value) plan.removed.push(ip);
    else continue;
    plan.rows.push(row);
  }
  const hits = await getAll<Hits>(
    kv,
    renewed.map(({ ip_address }) => keys.blockHits(ip_address)),
  );
  for (const [i, row] of hits.entries()) {
    const { expires_at } = renewed[i]!;
    if (row.value) plan.hits.push({ ...row, expires_at });
  }
  return plan;
}

/** Writes without a version: nobody follows it until it is announced. */
function writeSilently(
  batch: readonly RowChange[],
  options: ApplyOptions,
): Promise<true> {
  const { kv, now, owner, wanted } = options;
  // Rows that are only added need not be read again: that they are as they were is checked.
  let plan: BatchPlan | null = batch.every(({ deed }) => deed === "add")
    ? {
      put: batch.map(({ ip }) =>
        entryOf(ip, wanted.get(ip)!, owner, undefined, now())
      ),
      removed: [],
      rows: batch.map(({ ip, versionstamp }) => ({
        key: keys.access("blocked", ip),
        versionstamp,
      })),
      hits: [],
    }
    : null;
  return compareAndSet(async () => {
    plan ??= await look(batch, options);
    const { put, removed, rows } = plan;
    const atomic = kv.atomic().check(...rows);
    for (const entry of put) {
      const key = keys.access("blocked", entry.ip_address);
      atomic.set(key, entry, ttl(entry, now()));
    }
    for (const ip of removed) {
      atomic.delete(keys.access("blocked", ip)).delete(keys.blockHits(ip));
    }
    keepHits(atomic, plan, now());
    plan = null;
    return (await atomic.commit()).ok ? true : undefined;
  });
}

/** Hits live as long as the entry. */
function keepHits(
  atomic: Deno.AtomicOperation,
  { hits }: BatchPlan,
  now: number,
): void {
  for (const { expires_at, ...row } of hits) {
    atomic.check(row).set(row.key, row.value, ttl({ expires_at }, now));
  }
}

function entryOf(
  ip_address: string,
  want: Wanted,
  owner: ListOwner,
  created_at: number | undefined,
  now: number,
): AccessEntry {
  return {
    ip_address,
    reason: reasonOf(want, owner),
    created_at: created_at ?? now,
    created_by: authorOf(owner.name),
    expires_at: endOf(want, owner, now),
  };
}
