import { setImmediate } from "node:timers/promises";
import { HOUR, MINUTE } from "../../base/duration.ts";
import { getAll } from "../../store/get_all.ts";
import { keys } from "../../store/keys.ts";
import { chunkSize } from "../log_chunk.ts";
import { storedChunks } from "../stored_chunks.ts";
import { type Field, FIELDS, HourTally } from "./hour_tally.ts";
import type { Mark } from "./marks.ts";
import { HOUR_LIMIT, mergeRollups, requestsIn, type Rollup } from "./rollup.ts";
import { type RollUpOptions, sizeOf } from "./store_rollups.ts";
import { UNCUT } from "./top_list.ts";

/**
 * A current hour with this many requests is not counted again for each late record, but once at its
 * end.
 */
export const BIG_HOUR = 500_000;

/** A counted hour that is to be stored. */
export interface Counted {
  hour: number;
  /** The rollup that it was made from. */
  known: Deno.KvEntryMaybe<Rollup>;
  due: Mark[];
  /** It has few records. */
  isSmall: boolean;
  /** Approximate number of bytes to be stored. */
  bytes: number;
  write(commit: Deno.AtomicOperation): void;
}

/** Hours with fewer records are counted without yielding to other work. */
const SMALL_HOUR = 2_000;
/** With fewer records, all are read without a lookup of where a value occurs. */
const FEW_RECORDS = 50;

/** An hour, and its marks. */
export type Marked = [hour: number, marks: Mark[]];

/** Counts whole hours, in order; adjacent ones are read at once. */
export async function* countHours(
  { kv, now }: RollUpOptions,
  group: Marked[],
): AsyncGenerator<Counted> {
  const known = await knownRollups(kv, group.map(([hour]) => hour));
  let at = 0;
  const tally = new HourTally(group[0]![0]);
  let records = 0;
  const end = async () => {
    const [hour, due] = group[at]!;
    const whole = { from: hour, through: hour + HOUR };
    const of = { now, hour, due, tally, records, known: known[at]! };
    const result = await counted({ ...of, ...whole });
    at++;
    tally.restart(group[at]?.[0] ?? 0);
    records = 0;
    return result;
  };
  while (at < group.length) {
    const from = at;
    const first = group[from]![0];
    let to = from + 1;
    while (group[to]?.[0] === first + (to - from) * HOUR) to++;
    const until = first + (to - from) * HOUR;
    const reading = { batchSize: 128, wholeHours: true };
    const chunks = storedChunks(kv, first, until, now, reading);
    for await (const { chunk, lastMs } of chunks) {
      const index = from + Math.floor((lastMs - first) / HOUR);
      while (at < index) yield await end();
      tally.add(chunk);
      records += chunkSize(chunk);
    }
    while (at < to) yield await end();
  }
}

/** The rollups of hours, in order; close ones with a single read. */
async function knownRollups(
  kv: Deno.Kv,
  hours: readonly number[],
): Promise<Deno.KvEntryMaybe<Rollup>[]> {
  const wanted = hours.map((hour) => keys.rollup("hour", hour));
  const last = hours.at(-1)!;
  if (last - hours[0]! > 4 * hours.length * HOUR) return getAll(kv, wanted);
  const entries = kv.list<Rollup>({
    start: wanted[0]!,
    end: keys.rollup("hour", last + 1),
  });
  const found = new Map<number, Deno.KvEntry<Rollup>>();
  for await (const entry of entries) found.set(entry.key[2] as number, entry);
  return hours.map((hour, i) =>
    found.get(hour) ?? { key: wanted[i]!, value: null, versionstamp: null }
  );
}

/** Counts one hour, as far as it is over; null where nothing is to be counted. */
export async function countHour(
  { kv, now }: RollUpOptions,
  hour: number,
  marks: Mark[],
  settled: number,
): Promise<Counted | null> {
  const end = hour + HOUR;
  const through = Math.min(end, settled);
  // Chunks of the current minute are counted later: their mark stays.
  let due = marks.filter(({ minute }) => minute < through);
  if (due.length === 0) return null;
  const key = keys.rollup("hour", hour);
  const known = await kv.get<Rollup>(key);
  const old = known.value;

  let from = hour;
  if (old && through < end) {
    const isLate = due[0]!.minute < old.through;
    if (!isLate || requestsIn(old.slots) > BIG_HOUR) {
      from = old.through;
      due = due.filter(({ minute }) => minute >= from);
    }
  }
  if (due.length === 0 && from >= through) return null;

  const tally = new HourTally(hour);
  let records = 0;
  const chunks = storedChunks(kv, from, through, now, { wholeHours: true });
  for await (const { chunk } of chunks) {
    tally.add(chunk);
    records += chunkSize(chunk);
  }
  return counted({ now, hour, known, due, from, through, tally, records });
}

/** Builds the values to store from a tally. */
async function counted(
  { now, hour, known, due, from, through, tally, records }: {
    now: () => number;
    hour: number;
    known: Deno.KvEntryMaybe<Rollup>;
    due: Mark[];
    from: number;
    through: number;
    tally: HourTally;
    records: number;
  },
): Promise<Counted> {
  const end = hour + HOUR;
  const key = keys.rollup("hour", hour);
  const old = known.value;
  const isSmall = records < SMALL_HOUR;
  const rolled = roll(tally, old, { from, through });
  const whereabouts = new Map<Field, unknown>();
  // A few records are cheaper to read than to look up.
  if (rolled !== null && through === end && records >= FEW_RECORDS) {
    for (const field of FIELDS) {
      // Each takes some milliseconds in a busy hour; visitors come first.
      if (!isSmall) await setImmediate();
      whereabouts.set(field, tally.whereabouts(field));
    }
  }
  const write = (commit: Deno.AtomicOperation) => {
    if (old !== null) {
      for (const field of FIELDS) commit.delete(keys.whereabouts(field, hour));
    }
    if (rolled === null) {
      commit.delete(key);
      return;
    }
    const ttl = { expireIn: Math.max(1, rolled.expires_at - now()) };
    commit.set(key, rolled, ttl);
    if (through < end) {
      // The rest of the hour must be counted, even if nothing more is written.
      commit.set(keys.rollupMark(through), 1, ttl);
      return;
    }
    for (const [field, value] of whereabouts) {
      commit.set(keys.whereabouts(field, hour), value, ttl);
    }
    const again = rolled.expires_from + HOUR;
    if (again < rolled.expires_at) {
      commit.set(keys.rollupExpiry(again, hour), 1, ttl);
    }
  };
  // Bloom filters take some 14 bits for each name of a record.
  const beside = whereabouts.size > 0 ? 8_192 + 8 * records : 0;
  const bytes = (rolled === null ? 0 : sizeOf(rolled)) + beside;
  return { hour, known, due, isSmall, bytes, write };
}

function roll(
  tally: HourTally,
  old: Rollup | null,
  { from, through }: { from: number; through: number },
): Rollup | null {
  if (from === tally.start || old === null) {
    return tally.isEmpty ? null : tally.rollup(through, HOUR_LIMIT);
  }
  const parts = tally.isEmpty ? [old] : [old, tally.rollup(through, UNCUT)];
  return mergeRollups(parts, {
    start: tally.start,
    end: tally.start + HOUR,
    slotMs: MINUTE,
    through,
    limit: HOUR_LIMIT,
  });
}
