import { DAY, HOUR, MINUTE } from "../../base/duration.ts";
import { atOnce } from "../../base/at_once.ts";
import { delay } from "../../base/delay.ts";
import { takeLease } from "../../store/lease.ts";
import { chunkSize } from "../log_chunk.ts";
import { storedChunks } from "../stored_chunks.ts";
import { byChecks, MAX_CHECKS, WRITES_AT_ONCE } from "../../store/checks.ts";
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

/** What {@linkcode rollUp} needs. */
export interface RollUpOptions {
  kv: Deno.Kv;
  now: () => number;
}

/** What a run did. */
export interface RollUpResult {
  /** False where another process holds the lease. */
  ran: boolean;
  /** Hours and days that were counted. */
  hours: number;
  days: number;
}

const HOLD_MS = MINUTE;
const PROLONG_MS = 5_000;
/** Requests are logged a moment after they arrive; a minute is not counted sooner after its end. */
const SETTLE_MS = 5_000;
/**
 * An hour of so many requests is not counted anew for a straggler while it lasts, but once at its
 * end.
 */
export const BIG_HOUR = 500_000;

/**
 * Counts what was written to the request log since the last run into rollups. Run twice, late, in
 * two processes at once or killed in the middle, the rollups say what the chunks say: a rollup is
 * stored where the one that it was made from still stands, and only then its marks go, as far as
 * nothing has been written since they were read. A mark that stays has its hour counted again.
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
    for (const group of inGroups(await readMarks(kv), settled)) {
      result.hours += await rollHours(options, group, settled);
      if (performance.now() - prolonged < PROLONG_MS) continue;
      if (!await lease.commit(() => {})) return result;
      prolonged = performance.now();
    }
    const days = await Array.fromAsync(
      kv.list({ prefix: keys.rollupStaleDaysAll() }, { batchSize: 1_000 }),
    );
    for (const { key, versionstamp } of days) {
      const day = key[1] as number;
      if (day + DAY > settled) continue;
      if (await rollDay(options, day, versionstamp)) result.days++;
    }
  } finally {
    await lease.release();
  }
  return result;
}

/** Hours whose records expire one by one are counted anew. */
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

/** Commits if nothing of `checks` has changed. */
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

/** An hour that was counted and is to be stored. */
interface Counted {
  /** The rollup that it was made from. */
  known: Deno.KvEntryMaybe<Rollup>;
  due: Mark[];
  /** It has few records. */
  isSmall: boolean;
  write(commit: Deno.AtomicOperation): void;
}

/** What has fewer records is counted without giving way to others. */
const SMALL_HOUR = 2_000;
/** Fewer are read without looking up first whether what is searched for is among them. */
const FEW_RECORDS = 50;
/**
 * So many marks can be checked at once. That stands for the rollups, too: whoever stores the rollup of
 * a marked hour takes its mark.
 */
const SMALL_AT_ONCE = MAX_CHECKS;

type Marked = [hour: number, marks: Mark[]];

/** Quiet hours, as an import leaves them, in groups; every other by itself. */
function* inGroups(
  hours: Iterable<Marked>,
  settled: number,
): Generator<Marked[]> {
  let group: Marked[] = [];
  for (const [hour, marks] of hours) {
    const isPlain = hour + HOUR <= settled && marks.length === 1 &&
      marks[0]!.isQuiet;
    if (!isPlain) {
      yield [[hour, marks]];
      continue;
    }
    if (group.push([hour, marks]) < SMALL_AT_ONCE) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Counts and stores hours: quiet ones, of which an import brings many, in one write. */
async function rollHours(
  options: RollUpOptions,
  group: Marked[],
  settled: number,
): Promise<number> {
  const { kv } = options;
  const hours: Counted[] = [];
  if (group.length === 1) {
    const [hour, marks] = group[0]!;
    const counted = await countHour(options, hour, marks, settled);
    if (counted !== null) hours.push(counted);
  } else hours.push(...await countHours(options, group));
  const small = hours.filter(({ isSmall }) => isSmall);
  let stored = 0;
  for (const hour of small.length > 1 ? hours : []) {
    if (!hour.isSmall && await storeHour(kv, hour)) stored++;
  }
  if (small.length > 1) {
    const checks = small.flatMap(({ due }) => due.map(checkOf));
    const isStored = await commit(kv, checks, (commit) => {
      for (const { write, due } of small) {
        write(commit);
        for (const { minute } of due) commit.delete(keys.rollupMark(minute));
      }
    });
    if (isStored) return stored + small.length;
  }
  for (const hour of small.length > 1 ? small : hours) {
    if (await storeHour(kv, hour)) stored++;
  }
  return stored;
}

/** Counts whole hours; those that follow each other are read in one go. */
async function countHours(
  { kv, now }: RollUpOptions,
  group: Marked[],
): Promise<Counted[]> {
  const known = await getAll<Rollup>(
    kv,
    group.map(([hour]) => keys.rollup("hour", hour)),
  );
  const tallies = group.map(([hour]) => ({
    tally: new HourTally(hour),
    records: 0,
  }));
  for (let i = 0, to; i < group.length; i = to) {
    const first = group[i]![0];
    to = i + 1;
    while (group[to]?.[0] === first + (to - i) * HOUR) to++;
    const end = first + (to - i) * HOUR;
    const reading = { batchSize: 128, wholeHours: true };
    const chunks = storedChunks(kv, first, end, now, reading);
    for await (const { chunk, lastMs } of chunks) {
      const into = tallies[i + Math.floor((lastMs - first) / HOUR)]!;
      into.tally.add(chunk);
      into.records += chunkSize(chunk);
    }
  }
  return Promise.all(
    group.map(([hour, due], i) =>
      counted({
        now,
        hour,
        known: known[i]!,
        due,
        from: hour,
        through: hour + HOUR,
        ...tallies[i]!,
      })
    ),
  );
}

async function storeHour(kv: Deno.Kv, counted: Counted): Promise<boolean> {
  const isStored = await commit(kv, [counted.known], counted.write);
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
  // Chunks of a minute that is not over come and go with their mark.
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

/** Makes of a tally what is to be stored. */
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
  // To read a handful of records is cheaper than to be told where they are.
  if (rolled !== null && through === end && records >= FEW_RECORDS) {
    for (const field of FIELDS) {
      // Each takes some milliseconds in a busy hour; visitors come first.
      if (!isSmall) await delay(0);
      whereabouts.set(field, tally.whereabouts(field));
    }
  }
  const write = (commit: Deno.AtomicOperation) => {
    const day = floorTo(hour, DAY);
    commit.delete(keys.rollup("day", day)).set(keys.rollupStaleDay(day), 1);
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
      // The rest of the hour is to be counted, even if nothing more is written.
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
  return { known, due, isSmall, write };
}

/** Removes the marks of what is counted, but for those that were set again meanwhile. */
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

async function rollDay(
  { kv, now }: RollUpOptions,
  day: number,
  versionstamp: string,
): Promise<boolean> {
  const hours = await Array.fromAsync(
    readRollups(kv, "hour", day, day + DAY, now),
  );
  if (hours.some(({ start, through }) => through < start + HOUR)) return false;
  const stale = keys.rollupStaleDay(day);
  return await commit(kv, [{ key: stale, versionstamp }], (commit) => {
    commit.delete(stale);
    if (hours.length === 0) return;
    const rolled = mergeRollups(hours, {
      start: day,
      end: day + DAY,
      slotMs: HOUR,
      through: day + DAY,
      limit: DAY_LIMIT,
    });
    const ttl = { expireIn: Math.max(1, rolled.expires_at - now()) };
    commit.set(keys.rollup("day", day), rolled, ttl);
  });
}
