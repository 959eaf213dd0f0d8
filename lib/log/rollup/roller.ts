import { atOnce } from "../../base/at_once.ts";
import { delay } from "../../base/delay.ts";
import { takeLease } from "../../store/lease.ts";
import { storedChunks } from "../stored_chunks.ts";
import { byChecks, WRITES_AT_ONCE } from "../../store/checks.ts";
import { keys } from "../../store/keys.ts";
import { compareAndSet } from "../../store/retry.ts";
import { type Field, FIELDS, HourTally } from "./hour_tally.ts";
import { floorTo, type Mark, readMarks } from "./marks.ts";
import { readRollups } from "./stored_rollups.ts";
import {
  DAY,
  DAY_LIMIT,
  HOUR,
  HOUR_LIMIT,
  mergeRollups,
  MINUTE,
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

const HOLD_MS = 60_000;
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
    for (const [hour, marks] of await readMarks(kv)) {
      if (await rollHour(options, hour, marks, settled)) result.hours++;
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

async function rollHour(
  { kv, now }: RollUpOptions,
  hour: number,
  marks: Mark[],
  settled: number,
): Promise<boolean> {
  const end = hour + HOUR;
  const through = Math.min(end, settled);
  // Chunks of a minute that is not over come and go with their mark.
  let due = marks.filter(({ minute }) => minute < through);
  if (due.length === 0) return false;
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
  if (due.length === 0 && from >= through) return false;

  const tally = new HourTally(hour);
  for await (const { chunk } of storedChunks(kv, from, through, now)) {
    tally.add(chunk);
  }
  const rolled = roll(tally, old, { from, through });
  const whereabouts = new Map<Field, unknown>();
  if (rolled !== null && through === end) {
    for (const field of FIELDS) {
      // Each takes some milliseconds in a busy hour; visitors come first.
      await delay(0);
      whereabouts.set(field, tally.whereabouts(field));
    }
  }
  const isStored = await commit(kv, [known], (commit) => {
    const day = floorTo(hour, DAY);
    commit.delete(keys.rollup("day", day)).set(keys.rollupStaleDay(day), 1);
    for (const field of FIELDS) commit.delete(keys.whereabouts(field, hour));
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
  });
  if (isStored) await removeMarks(kv, due);
  return isStored;
}

/** Removes the marks of what is counted, but for those that were set again meanwhile. */
async function removeMarks(kv: Deno.Kv, marks: Mark[]): Promise<void> {
  const remove = (some: Mark[]) => {
    const checks = some.map(({ minute, versionstamp }) => ({
      key: keys.rollupMark(minute),
      versionstamp,
    }));
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
