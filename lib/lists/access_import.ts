import { Refusal } from "../base/refusal.ts";
import { parseCidr } from "../net/cidr.ts";
import { keys } from "../store/keys.ts";
import { write } from "../store/retry.ts";
import type { AccessChange, AccessEntry } from "./access_entry.ts";
import { findWithin } from "./access_find.ts";
import { type Protected, refusalFor } from "./access_refusal.ts";
import { putStamp } from "./access_stamp.ts";
import {
  type AccessOrder,
  commitChange,
  newEntry,
  ttl,
} from "./access_commit.ts";

/** A line of an imported list. */
export type ImportOrder = AccessOrder & { ip: string };

/** Options for {@linkcode blockMany}. */
export interface ImportOptions extends Omit<Protected, "safelist" | "now"> {
  force?: boolean;
  /** Called after every write with the number of entries so far. */
  onProgress?: (written: number) => void;
}

/** The result of an import. */
export interface Imported {
  written: number;
  refused: number;
  /** The reasons of the first 100 refusals. */
  refusals: { ip: string; why: string }[];
  changes: AccessChange[];
}

/** At two keys and about 200 bytes each, well below 800 KiB and 1,000 mutations. */
const PER_WRITE = 500;
/** Rows sorted by key are written ten times as fast. */
const PER_SORT = 50_000;
/**
 * Up to this many entries, an import is an ordinary change, which other processes follow without
 * reloading the lists.
 */
const PER_CHANGE = 40;
const MAX_REFUSALS = 100;

/**
 * Blocks many addresses and ranges. Unlike `blockIp` it replaces entries without reading them, and
 * refused or invalid lines are counted, not fatal. Running servers see a large import at its end,
 * all at once.
 */
export async function blockMany(
  kv: Deno.Kv,
  now: () => number,
  orders: Iterable<ImportOrder> | AsyncIterable<ImportOrder>,
  options: ImportOptions = {},
): Promise<Imported> {
  const result: Imported = {
    written: 0,
    refused: 0,
    refusals: [],
    changes: [],
  };
  const guarded = {
    ...options,
    now: now(),
    safelist: options.force ? [] : await wholeSafelist(kv, now()),
  };
  let gathered: AccessEntry[] = [];
  let unannounced = 0;
  const writeGathered = async () => {
    for (const batch of sortedBatches(gathered)) {
      await writeBatch(kv, batch, now());
      unannounced += batch.length;
      result.written += batch.length;
      options.onProgress?.(result.written);
    }
    gathered = [];
  };
  try {
    for await (const order of orders) {
      const entry = entryOf(order, now(), guarded, result);
      if (entry) gathered.push(entry);
      if (gathered.length === PER_SORT) await writeGathered();
    }
    if (unannounced > 0 || gathered.length > PER_CHANGE) {
      await writeGathered();
    } else if (gathered.length > 0) {
      result.changes.push(await announce(kv, now, gathered));
      result.written = gathered.length;
      options.onProgress?.(result.written);
    }
  } finally {
    // Written entries count, even if the rest failed.
    if (unannounced > 0) result.changes.push(await announce(kv, now, null));
  }
  return result;
}

function entryOf(
  order: ImportOrder,
  now: number,
  guarded: Protected & ImportOptions,
  result: Imported,
): AccessEntry | null {
  let why: string | null;
  try {
    const range = parseCidr(order.ip, "block");
    why = guarded.force ? null : refusalFor(range, guarded);
    if (why === null) return newEntry(range, order, now);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    why = error.message;
  }
  result.refused++;
  if (result.refusals.length < MAX_REFUSALS) {
    result.refusals.push({ ip: order.ip.slice(0, 100), why });
  }
  return null;
}

function* sortedBatches(entries: AccessEntry[]): Generator<AccessEntry[]> {
  entries.sort(({ ip_address: a }, { ip_address: b }) =>
    a < b ? -1 : Number(a > b)
  );
  for (let i = 0; i < entries.length; i += PER_WRITE) {
    yield entries.slice(i, i + PER_WRITE);
  }
}

function writeBatch(
  kv: Deno.Kv,
  batch: readonly AccessEntry[],
  now: number,
): Promise<true> {
  return write(() => {
    const atomic = putStamp(kv.atomic(), now);
    for (const entry of batch) {
      atomic.set(
        keys.access("blocked", entry.ip_address),
        entry,
        ttl(entry, now),
      );
    }
    return atomic.commit();
  });
}

/** Commits a change of these entries, or one that makes every follower reload the lists. */
async function announce(
  kv: Deno.Kv,
  now: () => number,
  entries: readonly AccessEntry[] | null,
): Promise<AccessChange> {
  const put = (entries ?? []).map((entry) => ({
    list: "blocked" as const,
    entry,
  }));
  const change = await commitChange(kv, now, () =>
    Promise.resolve({
      put,
      removed: [],
      ...(entries ? {} : { reload: true as const }),
    }));
  return change!;
}

function wholeSafelist(kv: Deno.Kv, now: number): Promise<AccessEntry[]> {
  return Promise.all(
    ["0.0.0.0/0", "::/0"].map((all) =>
      findWithin(kv, "safe", parseCidr(all), now)
    ),
  ).then((found) => found.flat());
}
