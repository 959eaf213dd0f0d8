/**
 * A copy of the lists in a few hundred chunks, so that a process with a million entries starts in a
 * second. The rows remain authoritative: a snapshot has a version, and is used only if the record
 * of every later change exists.
 *
 * @module
 */
import { delay } from "../base/delay.ts";
import { keys } from "../store/keys.ts";
import { takeLease } from "../store/lease.ts";
import { write } from "../store/retry.ts";
import {
  type AccessChunk,
  ChunkPacker,
  chunkSize,
  countLayers,
  unpack,
} from "./access_chunk.ts";
import {
  type AccessChange,
  type AccessEntry,
  isLive,
  type ListName,
} from "./access_entry.ts";
import type { AccessList } from "./access_list.ts";
import { HOUR } from "../base/duration.ts";

/** The snapshot's header, written after its last chunk. */
interface Head {
  /** Part of the chunks' keys; a new snapshot never overwrites one that is being read. */
  id: string;
  /** Every change up to this version is in it. */
  version: number;
  /** Epoch ms. */
  written_at: number;
  chunks: number;
  entries: number;
  /** Number of entries of each list by family and prefix. */
  layers: Record<ListName, [family: 4 | 6, prefix: number, entries: number][]>;
  /** When the first entry expires, epoch ms; null if none does. */
  first_end: number | null;
}

/** Shorter lists are read as fast row by row. */
const MIN_ENTRIES = 5_000;
/** With more changes, reloading the lists is cheaper than following. */
export const MAX_FOLLOWED = 1_000;
/** A snapshot is rewritten when it is this many changes behind. */
const MAX_BEHIND = MAX_FOLLOWED / 2;
/** Expired and removed entries stay in a snapshot for at most this long. */
const MAX_AGE_MS = HOUR;
/** Number of rows after which writing yields to requests. */
const ROWS_PER_TURN = 200;
const HOLD_MS = 120_000;

/** The changes after version `from` up to `to`; null if one is missing or requires a reload. */
export async function changesBetween(
  kv: Deno.Kv,
  from: number,
  to: number,
): Promise<AccessChange[] | null> {
  if (to - from > MAX_FOLLOWED) return null;
  const rows = await Array.fromAsync(kv.list<AccessChange>({
    start: keys.accessChange(from + 1),
    end: keys.accessChange(to + 1),
  }));
  const changes = rows.map(({ value }) => value);
  return changes.length < to - from || changes.some(({ reload }) => reload)
    ? null
    : changes;
}

/**
 * Fills empty lists from the snapshot.
 *
 * @param version The lists' version, read before.
 * @returns The changes since the snapshot, to be applied on top; null if there is no usable
 * snapshot: then the lists' contents must be discarded.
 */
export async function readSnapshot(
  kv: Deno.Kv,
  version: number,
  now: number,
  lists: Record<ListName, AccessList>,
): Promise<AccessChange[] | null> {
  const { value: head } = await kv.get<Head>(keys.accessSnapshot());
  if (head === null || head.version > version) return null;
  const changes = await changesBetween(kv, head.version, version);
  if (changes === null) return null;
  let chunks = 0;
  let entries = 0;
  for (const list of ["safe", "blocked"] as const) {
    lists[list].reserve(head.layers[list]);
    const rows = kv.list<AccessChunk>({
      prefix: keys.accessSnapshotChunks(head.id, list),
    }, { batchSize: 4 });
    for await (const { value } of rows) {
      unpack(value, now, (range, entry) => lists[list].set(range, entry));
      chunks++;
      entries += chunkSize(value);
    }
  }
  // Another process may have started to remove it.
  return chunks === head.chunks && entries === head.entries ? changes : null;
}

/** Options of {@linkcode refreshSnapshot}. */
export interface SnapshotOptions {
  kv: Deno.Kv;
  now: () => number;
  /** Number of entries of both lists. */
  entries: number;
}

/**
 * Rewrites the snapshot if it has fallen behind. Only one process does it; if interrupted, the last
 * one stays in place, and the next run removes the unused chunks.
 *
 * @returns Whether one was written.
 */
export async function refreshSnapshot(
  { kv, now, entries }: SnapshotOptions,
): Promise<boolean> {
  if (!await isBehind(kv, entries, now())) return false;
  const lease = await takeLease({
    kv,
    now,
    job: "access_snapshot",
    holdMs: HOLD_MS,
  });
  if (lease === null) return false;
  try {
    const before = await kv.get<Head>(keys.accessSnapshot());
    await removeChunks(kv, before.value?.id);
    if (entries < MIN_ENTRIES) {
      await write(() => kv.atomic().delete(keys.accessSnapshot()).commit());
    } else {
      const head = await writeChunks(kv, now, () => lease.commit(() => {}));
      if (head === null) return false;
      const isOurs = await lease.commit((commit) =>
        commit.set(keys.accessSnapshot(), head)
      );
      if (!isOurs) return false;
      entries = head.entries;
    }
    const after = await kv.get<Head>(keys.accessSnapshot());
    await removeChunks(kv, after.value?.id);
    return true;
  } finally {
    await lease.release();
  }
}

async function isBehind(
  kv: Deno.Kv,
  entries: number,
  now: number,
): Promise<boolean> {
  const [{ value: head }, version] = await kv.getMany<[Head, number]>([
    keys.accessSnapshot(),
    keys.accessVersion(),
  ]);
  if (head === null) return entries >= MIN_ENTRIES;
  const behind = (version.value ?? 0) - head.version;
  const isOutdated = behind !== 0 || now > (head.first_end ?? Infinity);
  if (isOutdated && now - head.written_at > MAX_AGE_MS) return true;
  return behind < 0 || behind > MAX_BEHIND ||
    await changesBetween(kv, head.version, version.value ?? 0) === null;
}

/** Null if another process has taken over. */
async function writeChunks(
  kv: Deno.Kv,
  now: () => number,
  keepLease: () => Promise<boolean>,
): Promise<Head | null> {
  // Read first: changes made in the meantime are followed again by any reader.
  const { value: version } = await kv.get<number>(keys.accessVersion());
  const head: Head = {
    id: crypto.randomUUID(),
    version: version ?? 0,
    written_at: now(),
    chunks: 0,
    entries: 0,
    layers: { safe: [], blocked: [] },
    first_end: null,
  };
  for (const list of ["safe", "blocked"] as const) {
    const packer = new ChunkPacker();
    const put = async () => {
      head.entries += packer.size;
      const chunk = packer.take();
      countLayers(chunk, head.layers[list]);
      const key = keys.accessSnapshotChunk(head.id, list, head.chunks++);
      await write(() => kv.set(key, chunk));
      return head.chunks % 50 !== 0 || await keepLease();
    };
    const rows = kv.list<AccessEntry>({ prefix: keys.accessAll(list) }, {
      batchSize: ROWS_PER_TURN,
    });
    let count = 0;
    for await (const { value } of rows) {
      if (++count % ROWS_PER_TURN === 0) await delay(0);
      if (!isLive(value, now())) continue;
      if (value.expires_at !== null) {
        head.first_end = Math.min(head.first_end ?? Infinity, value.expires_at);
      }
      if (packer.add(value)) continue;
      if (!await put()) return null;
      packer.add(value);
    }
    if (packer.size > 0 && !await put()) return null;
  }
  return head;
}

/** Removes all chunks except those of one snapshot. */
async function removeChunks(kv: Deno.Kv, kept: string | undefined) {
  const rows = kv.list({ prefix: keys.accessSnapshotChunksAll() }, {
    batchSize: 10,
  });
  for await (const { key } of rows) {
    if (key[1] !== kept) await write(() => kv.atomic().delete(key).commit());
  }
}
