import { atOnce } from "../../base/at_once.ts";
import { Behind } from "../../base/behind.ts";
import { DAY, HOUR, MINUTE } from "../../base/duration.ts";
import {
  byChecks,
  checksIn,
  MAX_CHECKS,
  WRITES_AT_ONCE,
} from "../../store/checks.ts";
import { keys } from "../../store/keys.ts";
import { takeLease } from "../../store/lease.ts";
import {
  type Counted,
  countHour,
  countHours,
  type Marked,
} from "./count_hours.ts";
import { rollDays } from "./day_roller.ts";
import { floorTo, type Mark, readMarks } from "./marks.ts";
import { commitIf, MOST_BYTES, type RollUpOptions } from "./store_rollups.ts";

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
/** Quiet hours are read for this many writes at once: each read takes a turn of the store. */
const WRITES_A_GROUP = 8;
/**
 * Requests are logged shortly after they arrive; a minute is counted at the earliest this long
 * after its end.
 */
const SETTLE_MS = 5_000;
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
  const writes = new Behind();
  try {
    const settled = floorTo(now() - SETTLE_MS, MINUTE);
    let prolonged = performance.now();
    await markExpired(kv, now());
    const marks = await readMarks(kv);
    const atOnce = marks.size > MAX_CHECKS ? await checksIn(kv) : MAX_CHECKS;
    let isOurs = true;
    const store = (hours: Counted[]) =>
      writes.run(async () => {
        result.hours += await storeHours(kv, hours);
      });
    for (const group of inGroups(marks, settled, WRITES_A_GROUP * atOnce)) {
      await rollHours(options, group, { settled, atOnce, store });
      if (performance.now() - prolonged < PROLONG_MS) continue;
      isOurs = await lease.commit(() => {});
      if (!isOurs) break;
      prolonged = performance.now();
    }
    await writes.end();
    if (!isOurs) return result;
    const days = await Array.fromAsync(
      kv.list({ prefix: keys.rollupStaleDaysAll() }, { batchSize: 1_000 }),
    );
    const stale = days.filter(({ key }) => (key[1] as number) + DAY <= settled);
    result.days = await rollDays(options, stale, atOnce);
  } finally {
    await writes.settled();
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
    await commitIf(
      kv,
      [],
      (commit) => commit.set(keys.rollupMark(hour), 1).delete(key),
    );
  }
}

/**
 * Quiet hours, as an import leaves them, in groups; every other hour by itself.
 *
 * @param most The most hours of a group.
 */
function* inGroups(
  hours: Iterable<Marked>,
  settled: number,
  most: number,
): Generator<Marked[]> {
  let group: Marked[] = [];
  for (const [hour, marks] of hours) {
    const isPlain = hour + HOUR <= settled && marks.length === 1 &&
      marks[0]!.isQuiet;
    if (!isPlain) {
      yield [[hour, marks]];
      continue;
    }
    if (group.push([hour, marks]) < most) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/**
 * Counts hours and has them stored: quiet ones, of which an import has many, together.
 *
 * @param options `atOnce` is how many marks a write can check. That covers the rollups, too:
 * storing the rollup of a marked hour removes its mark.
 */
async function rollHours(
  options: RollUpOptions,
  group: Marked[],
  { settled, atOnce, store }: {
    settled: number;
    atOnce: number;
    store: (hours: Counted[]) => Promise<void>;
  },
): Promise<void> {
  if (group.length === 1) {
    const [hour, marks] = group[0]!;
    const counted = await countHour(options, hour, marks, settled);
    if (counted !== null) await store([counted]);
    return;
  }
  let small: Counted[] = [];
  let bytes = 0;
  for await (const counted of countHours(options, group)) {
    if (!counted.isSmall) {
      await store([counted]);
      continue;
    }
    if (bytes + counted.bytes > MOST_BYTES || small.length === atOnce) {
      await store(small);
      small = [];
      bytes = 0;
    }
    small.push(counted);
    bytes += counted.bytes;
  }
  await store(small);
}

/** Stores hours in one write, or each by itself if one has changed in the meantime. */
async function storeHours(kv: Deno.Kv, hours: Counted[]): Promise<number> {
  if (hours.length > 1) {
    const checks = hours.flatMap(({ due }) => due.map(checkOf));
    const isStored = await commitIf(kv, checks, (commit) => {
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

async function storeHour(kv: Deno.Kv, counted: Counted): Promise<boolean> {
  const isStored = await commitIf(kv, [counted.known], (commit) => {
    spoilDays(commit, [counted]);
    counted.write(commit);
  });
  if (isStored) await removeMarks(kv, counted.due);
  return isStored;
}

/** Removes the marks of counted chunks, except those that were set again in the meantime. */
async function removeMarks(kv: Deno.Kv, marks: Mark[]): Promise<void> {
  const remove = (some: Mark[]) => {
    const checks = some.map(checkOf);
    return commitIf(kv, checks, (commit) => {
      for (const { key } of checks) commit.delete(key);
    });
  };
  await atOnce(byChecks(marks), WRITES_AT_ONCE, async (group) => {
    if (await remove(group)) return;
    for (const each of group) await remove([each]);
  });
}

function checkOf({ minute, versionstamp }: Mark): Deno.AtomicCheck {
  return { key: keys.rollupMark(minute), versionstamp };
}
