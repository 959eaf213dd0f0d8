import { atOnce } from "../base/at_once.ts";
import { commitChange, ttl } from "../lists/access_commit.ts";
import {
  type AccessChange,
  type AccessEntry,
  type Hits,
  isLive,
} from "../lists/access_entry.ts";
import {
  type AccessStamps,
  putStamp,
  readStamps,
} from "../lists/access_stamp.ts";
import { byChecks, WRITES_AT_ONCE } from "../store/checks.ts";
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
  /** Entries removed by this feed that other feeds still list. */
  listedElsewhere: ReadonlyMap<string, { owner: ListOwner; want: Wanted }>;
  /** As they were when the rows were compared. */
  stamps: AccessStamps;
  /** Make every process reload the lists, as an earlier run may have been interrupted. */
  announce: boolean;
  /** Called before every write; rejects if another process has taken over. */
  checkIn: () => Promise<void>;
  onProgress?: (done: number, of: number) => void;
}

/** A change record contains the entries, in a value of at most 64 KiB. */
const PER_CHANGE = 49;
/** Two mutations each at most, of 1,000; a row takes less than 1.5 KB of 800 KiB. */
const PER_WRITE = 400;
/** Up to this size, other processes apply the changes and need not reload the lists. */
const MAX_FOLLOWED = 2_000;

/**
 * Writes what a diff found. If an entry has changed since it was read, rows are compared again:
 * blocks made or lifted meanwhile are kept. It can be run again without effect.
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
  const writer = new Writer(options);
  const perWrite = follows ? PER_CHANGE : PER_WRITE;
  for (let i = 0; i < rows.length; i += perWrite) {
    await checkIn();
    const batch = rows.slice(i, i + perWrite);
    if (follows) {
      const change = await writer.change(batch);
      if (change) made.push(change);
    } else await writer.write(batch);
    onProgress?.(Math.min(i + perWrite, rows.length), rows.length);
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

/** What to do with some rows. */
interface BatchPlan {
  put: AccessEntry[];
  removed: string[];
  /** Entries with a new expiry; their hits must be kept as long. */
  renewed: AccessEntry[];
}

class Writer {
  readonly #options: ApplyOptions;
  /** The stamps of our last write, as long as nobody else has written. */
  #stamps: AccessStamps | null;
  /** Whether these stamps also cover all rows that the diff has read. */
  #isAsSeen = true;

  constructor(options: ApplyOptions) {
    this.#options = options;
    this.#stamps = options.stamps;
  }

  /** Writes rows as a version of the lists; null where nothing is left to be done. */
  async change(batch: readonly RowChange[]): Promise<AccessChange | null> {
    const { kv, now } = this.#options;
    let renewed: AccessEntry[] = [];
    const change = await commitChange(kv, now, async () => {
      // The version is checked anyway.
      const [, untold] = await readStamps(kv);
      const plan = await look(batch, this.#options);
      renewed = plan.renewed;
      if (plan.put.length + plan.removed.length === 0) return null;
      return {
        put: plan.put.map((entry) => ({ list: "blocked", entry })),
        removed: plan.removed.map((ip_address) => ({
          list: "blocked",
          ip_address,
        })),
        also: (atomic) => void atomic.check(untold),
      };
    });
    await keepHits(this.#options, renewed);
    return change;
  }

  /** Writes rows without a version: other processes do not see them until they are announced. */
  async write(batch: readonly RowChange[]): Promise<void> {
    const { kv, now } = this.#options;
    let renewed: AccessEntry[] = [];
    await compareAndSet(async () => {
      // Another writer may have changed rows that the diff has read.
      if (this.#stamps === null) this.#isAsSeen = false;
      const stamps = this.#stamps ?? await readStamps(kv);
      const isKnown = this.#isAsSeen &&
        batch.every(({ change }) => change === "add");
      // Rows that are only added need not be read again while nobody has written any.
      const plan = isKnown
        ? additions(batch, this.#options)
        : await look(batch, this.#options);
      const atomic = putStamp(kv.atomic().check(...stamps), now());
      for (const entry of plan.put) {
        const key = keys.access("blocked", entry.ip_address);
        atomic.set(key, entry, ttl(entry, now()));
      }
      for (const ip of plan.removed) {
        atomic.delete(keys.access("blocked", ip)).delete(keys.blockHits(ip));
      }
      this.#stamps = null;
      const done = await atomic.commit();
      if (!done.ok) return undefined;
      const { versionstamp } = done;
      this.#stamps = [stamps[0], { ...stamps[1], value: now(), versionstamp }];
      renewed = plan.renewed;
      return true;
    });
    await keepHits(this.#options, renewed);
  }
}

function additions(
  batch: readonly RowChange[],
  { owner, wanted, now }: ApplyOptions,
): BatchPlan {
  const put = batch.map(({ ip }) =>
    entryOf(ip, wanted.get(ip)!, owner, undefined, now())
  );
  return { put, removed: [], renewed: [] };
}

/** What to do with the rows as they are now. */
async function look(
  batch: readonly RowChange[],
  { kv, now, owner, wanted, listedElsewhere }: ApplyOptions,
): Promise<BatchPlan> {
  const plan: BatchPlan = { put: [], removed: [], renewed: [] };
  const at = now();
  const stored = await getAll<AccessEntry>(
    kv,
    batch.map(({ ip }) => keys.access("blocked", ip)),
  );
  for (const [i, { ip }] of batch.entries()) {
    const row = stored[i]!;
    const before = row.value && isLive(row.value, at) ? row.value : null;
    if (before && before.created_by !== authorOf(owner.name)) continue;
    const want = wanted.get(ip);
    const next = want ? { owner, want } : before && listedElsewhere.get(ip);
    if (next) {
      const entry = entryOf(ip, next.want, next.owner, before?.created_at, at);
      plan.put.push(entry);
      if (before) plan.renewed.push(entry);
    } else if (row.value) plan.removed.push(ip);
  }
  return plan;
}

/** Extends the lifetime of hits to that of their entries, unless they were updated meanwhile. */
async function keepHits(
  { kv, now }: ApplyOptions,
  renewed: readonly AccessEntry[],
): Promise<void> {
  const rows = await getAll<Hits>(
    kv,
    renewed.map(({ ip_address }) => keys.blockHits(ip_address)),
  );
  const stored = rows.flatMap((row, i) =>
    row.value ? [{ row, entry: renewed[i]! }] : []
  );
  const keep = (some: typeof stored) =>
    compareAndSet(async () => {
      const atomic = kv.atomic();
      for (const { row, entry } of some) {
        atomic.check(row).set(row.key, row.value, ttl(entry, now()));
      }
      return { ok: (await atomic.commit()).ok };
    });
  await atOnce(byChecks(stored), WRITES_AT_ONCE, async (group) => {
    if ((await keep(group)).ok) return;
    for (const each of group) await keep([each]);
  });
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
