import { delay } from "../base/delay.ts";
import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import { type AccessStamps, readStamps } from "../lists/access_stamp.ts";
import { keys } from "../store/keys.ts";
import { authorOf, type Feed, type FeedChanges } from "./feed.ts";
import type { Wanted } from "./read_list.ts";

/** One row of the blocklist that a feed's list changes. */
export interface RowChange {
  ip: string;
  change: "add" | "renew" | "remove";
  created_at: number | null;
}

/** The changes of the blocklist that a feed's list causes. */
export interface ListDiff {
  changes: FeedChanges;
  /** In the order of their keys, which is how KV writes fastest. */
  rows: RowChange[];
  /**
   * The stamps from before the blocklist was read: the rows are current as long as these are
   * unchanged.
   */
  stamps: AccessStamps;
}

/** Who wants the entries, and for how long. */
export type ListOwner = Pick<Feed, "name" | "for_ms">;

/**
 * Compares the blocklist with what a feed wants of it. It changes only entries of its own: what was
 * blocked by hand, by a rule or by another feed stays as it is. Reads all of the blocklist once.
 */
export async function diffList(
  kv: Deno.Kv,
  now: number,
  owner: ListOwner,
  wanted: ReadonlyMap<string, Wanted>,
): Promise<ListDiff> {
  const author = authorOf(owner.name);
  const unseen = new Set(wanted.keys());
  const changes: FeedChanges = {
    added: 0,
    kept: 0,
    renewed: 0,
    gone: 0,
    handed_over: 0,
    others: 0,
  };
  const rows: RowChange[] = [];
  const stamps = await readStamps(kv);
  const stored = kv.list<AccessEntry>({ prefix: keys.accessAll("blocked") }, {
    batchSize: 1_000,
  });
  for await (const { value } of stored) {
    const { ip_address: ip, created_at } = value;
    const want = wanted.get(ip);
    const live = isLive(value, now);
    if (want) unseen.delete(ip);
    if (live && value.created_by !== author) {
      if (want) changes.others++;
    } else if (!want) {
      if (!live) continue;
      changes.gone++;
      rows.push({ ip, change: "remove", created_at });
    } else if (!live) {
      rows.push({ ip, change: "add", created_at: null });
    } else {
      changes.kept++;
      if (!isDue(value, want, owner, now)) continue;
      changes.renewed++;
      rows.push({ ip, change: "renew", created_at });
    }
  }
  const all = inOrder(rows, await sortedInTurns([...unseen]));
  changes.added = all.reduce(
    (n, { change }) => n + Number(change === "add"),
    0,
  );
  return { changes, rows: all, stamps };
}

/** How many texts are sorted before yielding to other tasks. */
const PER_TURN = 20_000;

async function sortedInTurns(texts: string[]): Promise<string[]> {
  if (texts.length <= PER_TURN) return texts.sort();
  const half = texts.length >> 1;
  const left = await sortedInTurns(texts.slice(0, half));
  const right = await sortedInTurns(texts.slice(half));
  await delay(0);
  let l = 0;
  let r = 0;
  for (let i = 0; i < texts.length; i++) {
    const isLeft = r === right.length ||
      l < left.length && left[l]! < right[r]!;
    texts[i] = isLeft ? left[l++]! : right[r++]!;
  }
  return texts;
}

/** Rows that were read, which are in order, and addresses that are not there yet. */
function inOrder(rows: readonly RowChange[], added: string[]): RowChange[] {
  const all: RowChange[] = [];
  let next = 0;
  for (const ip of added) {
    while (next < rows.length && rows[next]!.ip < ip) all.push(rows[next++]!);
    all.push({ ip, change: "add", created_at: null });
  }
  while (next < rows.length) all.push(rows[next++]!);
  return all;
}

/** When an entry of a list ends that is written now; epoch ms, or null. */
export function endOf(
  { expires_at }: Wanted,
  { for_ms }: ListOwner,
  now: number,
): number | null {
  if (for_ms === null) return expires_at;
  return Math.min(expires_at ?? Infinity, now + for_ms);
}

/** What an entry of a list gives as its reason. */
export function reasonOf({ note }: Wanted, { name }: ListOwner): string {
  return note || `On the list ${name}`;
}

/**
 * Whether an entry has to be written again. Its end moves on only when half of the time is over, or
 * every refresh would write all of a list that has not changed.
 */
function isDue(
  entry: AccessEntry,
  want: Wanted,
  owner: ListOwner,
  now: number,
): boolean {
  if (entry.reason !== reasonOf(want, owner)) return true;
  const end = endOf(want, owner, now);
  if (end === null || entry.expires_at === null) {
    return end !== entry.expires_at;
  }
  if (end === want.expires_at) return entry.expires_at !== end;
  return entry.expires_at > end || entry.expires_at - now < owner.for_ms! / 2;
}
