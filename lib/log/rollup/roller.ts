import { DAY, HOUR, MINUTE } from "../../base/duration.ts";
import { atOnce } from "../../base/at_once.ts";
import { delay } from "../../base/delay.ts";
import { takeLease } from "../../store/lease.ts";
import { chunkSize } from "../log_chunk.ts";
import { storedChunks } from "../stored_chunks.ts";
import {
  byChecks,
  checksIn,
  MAX_CHECKS,
  WRITES_AT_ONCE,
} from "../../store/checks.ts";
import { getAll } from "../../store/get_all.ts";
import { keys } from "../../store/keys.ts";
import { compareAndSet } from "../../store/retry.ts";
import { type Field, FIELDS, HourTally } from "./hour_tally.ts";
import { floorTo, type Mark, readMarks } from "./marks.ts";
import { readRollups } from "./stored_rollups.ts";
import {
  DAY_LIMIT,
  HOUR_LIMIT,
  mergeRollups,
  requestsIn,
  type Rollup,
} from "./rollup.ts";
import { UNCUT } from "./top_list.ts";

/** Options of {@linkcode rollUp}. */
export interface RollUpOptions {
  kv: Deno.Kv;
  now: () => number;
}

/** The result of a run. */
export interface RollUpResult {
  /** False if another process holds the lease. */
  ran: boolean;
  /** Hours and days that were counted. */
  hours: number;
  days: number;
}

const HOLD_MS = MINUTE;
const PROLONG_MS = 5_000;
/**
 * Requests are logged shortly after they arrive; a minute is counted at the earliest this long
 * after its end.
 */
const SETTLE_MS = 5_000;
/**
 * A current hour with this many requests is not counted again for each late record, but once at its
 * end.
 */
export const BIG_HOUR = 500_000;

/**
 * Counts new records of the request log into rollups. If run twice, late, in two processes at once
 * or killed halfway, the rollups still agree with the chunks: a rollup is stored only if the one
 * that it was made from is unchanged, and only then its marks are removed, unless they were written
 * again since they were read. A remaining mark has its hour counted again.
 */
export async function rollUp(options: RollUpOptions): Promise<RollUpResult> {
  const { kv, now } = options;
  const result: RollUpResult = { ran: true, hours: 0, days: 0 };
  const lease = await takeLease({ kv, job: "rollup", now, holdMs: HOLD_MS });
  if (lease === null) return { ...result, ran: false };
  try {
    const settled = floorTo(now() - SETTLE_MS, MINUTE);
    let prolonged = performance.now();
    await markExpired(kv, now());
    const marks = await readMarks(kv);
    const atOnce = marks.size > MAX_CHECKS ? await checksIn(kv) : MAX_CHECKS;
    for (const group of inGroups(marks, settled, atOnce)) {
      result.hours += await rollHours(options, group, settled);
      if (performance.now() - prolonged < PROLONG_MS) continue;
      if (!await lease.commit(() => {})) return result;
      prolonged = performance.now();
    }
    const days = await Array.fromAsync(
      kv.list({ prefix: keys.rollupStaleDaysAll() }, { batchSize: 1_000 }),
    );
    const stale = days.filter(({ key }) => (key[1] as number) + DAY <= settled);
    for (let from = 0; from < stale.length; from += atOnce) {
      result.days += await rollDays(options, stale.slice(from, from + atOnce));
    }
  } finally {
    await lease.release();
  }
  return result;
}

/** Marks hours whose records expire one by one, to be counted again. */
async function markExpired(kv: Deno.Kv, now: number): Promise<void> {
  const entries = kv.list({
    start: keys.rollupExpiry(0, 0),
    end: keys.rollupExpiry(now, 0),
  });
  for await (const { key } of entries) {
    const hour = key[2] as number;
    await commit(
      kv,
      [],
      (commit) => commit.set(keys.rollupMark(hour), 1).delete(key),
    );
  }
}

/** Commits if nothing in `checks` has changed. */
function commit(
  kv: Deno.Kv,
  checks: Deno.AtomicCheck[],
  add: (commit: Deno.AtomicOperation) => void,
): Promise<boolean> {
  return compareAndSet(async () => {
    const operation = kv.atomic().check(...checks);
    add(operation);
    return { ok: (await operation.commit()).ok };
  }).then(({ ok }) => ok);
}

/** A counted hour that is to be stored. */
interface Counted {
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
/** A write takes 800 KiB. */
const MOST_BYTES = 500 * 1024;

type Marked = [hour: number, marks: Mark[]];

/**
 * Quiet hours, as an import leaves them, in groups; every other hour by itself.
 *
 * @param atOnce Number of marks that a write can check. That covers the rollups, too: storing the
 * rollup of a marked hour removes its mark.
 */
function* inGroups(
  hours: Iterable<Marked>,
  settled: number,
  atOnce: number,
): Generator<Marked[]> {
  let group: Marked[] = [];
  for (const [hour, marks] of hours) {
    const isPlain = hour + HOUR <= settled && marks.length === 1 &&
      marks[0]!.isQuiet;
    if (!isPlain) {
      yield [[hour, marks]];
      continue;
    }
    if (group.push([hour, marks]) < atOnce) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Counts and stores hours: quiet ones, of which an import has many, in one write. */
async function rollHours(
  options: RollUpOptions,
  group: Marked[],
  settled: number,
): Promise<number> {
  const { kv } = options;
  if (group.length === 1) {
    const [hour, marks] = group[0]!;
    const counted = await countHour(options, hour, marks, settled);
    return counted !== null && await storeHour(kv, counted) ? 1 : 0;
  }
  let stored = 0;
  let small: Counted[] = [];
  let bytes = 0;
  for await (const counted of countHours(options, group)) {
    if (!counted.isSmall) {
      if (await storeHour(kv, counted)) stored++;
      continue;
    }
    if (bytes + counted.bytes > MOST_BYTES) {
      stored += await storeSmall(kv, small);
      small = [];
      bytes = 0;
    }
    small.push(counted);
    bytes += counted.bytes;
  }
  return stored + await storeSmall(kv, small);
}

/** Stores hours in one write, or each by itself if one has changed in the meantime. */
async function storeSmall(kv: Deno.Kv, hours: Counted[]): Promise<number> {
  if (hours.length > 1) {
    const checks = hours.flatMap(({ due }) => due.map(checkOf));
    const isStored = await commit(kv, checks, (commit) => {
      spoilDays(commit, hours);
      for (const { write, due } of hours) {
        write(commit);
        for (const { minute } of due) commit.delete(keys.rollupMark(minute));
      }
    });
    if (isStored) return hours.length;
  }
  let stored = 0;
  for (const hour of hours) if (await storeHour(kv, hour)) stored++;
  return stored;
}

/** Marks the days of these hours to be added up again. */
function spoilDays(
  commit: Deno.AtomicOperation,
  hours: readonly Counted[],
): void {
  for (const day of new Set(hours.map(({ hour }) => floorTo(hour, DAY)))) {
    commit.delete(keys.rollup("day", day)).set(keys.rollupStaleDay(day), 1);
  }
}

/** Counts whole hours, in order; adjacent ones are read at once. */
async function* countHours(
  { kv, now }: RollUpOptions,
  group: Marked[],
): AsyncGenerator<Counted> {
  const known = await knownRollups(kv, group.map(([hour]) => hour));
  let at = 0;
  let tally = new HourTally(group[0]![0]);
  let records = 0;
  const end = () => {
    const [hour, due] = group[at]!;
    const whole = { from: hour, through: hour + HOUR };
    const of = { now, hour, due, tally, records, known: known[at]! };
    at++;
    tally = new HourTally(group[at]?.[0] ?? 0);
    records = 0;
    return counted({ ...of, ...whole });
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

async function storeHour(kv: Deno.Kv, counted: Counted): Promise<boolean> {
  const isStored = await commit(kv, [counted.known], (commit) => {
    spoilDays(commit, [counted]);
    counted.write(commit);
  });
  if (isStored) await removeMarks(kv, counted.due);
  return isStored;
}

function checkOf({ minute, versionstamp }: Mark): Deno.AtomicCheck {
  return { key: keys.rollupMark(minute), versionstamp };
}

async function countHour(
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
      if (!isSmall) await delay(0);
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

/** Approximate stored size of a rollup. */
function sizeOf({ lists, slots, clients }: Rollup): number {
  let bytes = 1_024 + slots.byteLength;
  bytes += "hashes" in clients
    ? clients.hashes.byteLength
    : clients.registers.byteLength;
  for (const { names, counts } of Object.values(lists)) {
    bytes += counts.byteLength;
    for (const name of names) bytes += 4 + 2 * name.length;
  }
  return bytes;
}

/** Removes the marks of counted chunks, except those that were set again in the meantime. */
async function removeMarks(kv: Deno.Kv, marks: Mark[]): Promise<void> {
  const remove = (some: Mark[]) => {
    const checks = some.map(checkOf);
    return commit(kv, checks, (commit) => {
      for (const { key } of checks) commit.delete(key);
    });
  };
  await atOnce(byChecks(marks), WRITES_AT_ONCE, async (group) => {
    if (await remove(group)) return;
    for (const each of group) await remove([each]);
  });
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

/** Adds up days, of which at most `atOnce` are stored in one write. */
async function rollDays(
  options: RollUpOptions,
  stale: readonly Deno.KvEntry<unknown>[],
): Promise<number> {
  const { kv } = options;
  let stored = 0;
  let days: CountedDay[] = [];
  let bytes = 0;
  const store = async () => {
    if (await storeDays(options, days)) stored += days.length;
    else if (days.length > 1) {
      // An hour of one of them has changed in the meantime: that day is left for the next run.
      for (const day of days) if (await storeDays(options, [day])) stored++;
    }
    days = [];
    bytes = 0;
  };
  for (const { key, versionstamp } of stale) {
    const start = key[1] as number;
    const hours = await Array.fromAsync(
      readRollups(kv, "hour", start, start + DAY, options.now),
    );
    if (hours.some((hour) => hour.through < hour.start + HOUR)) continue;
    const rolled = hours.length === 0 ? null : mergeRollups(hours, {
      start,
      end: start + DAY,
      slotMs: HOUR,
      through: start + DAY,
      limit: DAY_LIMIT,
    });
    const size = rolled === null ? 0 : sizeOf(rolled);
    if (bytes + size > MOST_BYTES) await store();
    days.push({ check: { key, versionstamp }, start, rolled });
    bytes += size;
  }
  if (days.length > 0) await store();
  return stored;
}

interface CountedDay {
  /** The check that it is still to be added up. */
  check: Deno.AtomicCheck;
  start: number;
  rolled: Rollup | null;
}

function storeDays(
  { kv, now }: RollUpOptions,
  days: readonly CountedDay[],
): Promise<boolean> {
  return commit(kv, days.map(({ check }) => check), (commit) => {
    for (const { check, start, rolled } of days) {
      commit.delete(check.key);
      if (rolled === null) continue;
      const ttl = { expireIn: Math.max(1, rolled.expires_at - now()) };
      commit.set(keys.rollup("day", start), rolled, ttl);
    }
  });
}
