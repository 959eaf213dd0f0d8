import { Behind } from "../../base/behind.ts";
import { DAY, HOUR } from "../../base/duration.ts";
import { keys } from "../../store/keys.ts";
import { DAY_LIMIT, mergeRollups, type Rollup } from "./rollup.ts";
import {
  commitIf,
  MOST_BYTES,
  type RollUpOptions,
  sizeOf,
} from "./store_rollups.ts";
import { readRollups } from "./stored_rollups.ts";

/** Adds up days, of which at most `atOnce` are stored in one write. */
export async function rollDays(
  options: RollUpOptions,
  stale: readonly Deno.KvEntry<unknown>[],
  atOnce: number,
): Promise<number> {
  let stored = 0;
  const writes = new Behind();
  let days: CountedDay[] = [];
  let bytes = 0;
  const store = () => {
    const some = days;
    days = [];
    bytes = 0;
    return writes.run(async () => {
      if (await storeDays(options, some)) stored += some.length;
      else if (some.length > 1) {
        // An hour of one of them has changed in the meantime: that day is left for the next run.
        for (const day of some) if (await storeDays(options, [day])) stored++;
      }
    });
  };
  const read = ({ key }: Deno.KvEntry<unknown>) => {
    const start = key[1] as number;
    const hours = Array.fromAsync(
      readRollups(options.kv, "hour", start, start + DAY, options.now),
    );
    // If it fails, whoever waits for it is told.
    hours.catch(() => {});
    return hours;
  };
  try {
    // A day is read while the one before it is added up.
    let next = stale[0] && read(stale[0]);
    for (const [index, entry] of stale.entries()) {
      const { key, versionstamp } = entry;
      const start = key[1] as number;
      const hours = await next!;
      next = stale[index + 1] && read(stale[index + 1]!);
      if (hours.some((hour) => hour.through < hour.start + HOUR)) continue;
      const rolled = hours.length === 0 ? null : mergeRollups(hours, {
        start,
        end: start + DAY,
        slotMs: HOUR,
        through: start + DAY,
        limit: DAY_LIMIT,
      });
      const size = rolled === null ? 0 : sizeOf(rolled);
      if (bytes + size > MOST_BYTES || days.length === atOnce) await store();
      days.push({ check: { key, versionstamp }, start, rolled });
      bytes += size;
    }
    if (days.length > 0) await store();
    await writes.end();
  } finally {
    await writes.settled();
  }
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
  return commitIf(kv, days.map(({ check }) => check), (commit) => {
    for (const { check, start, rolled } of days) {
      commit.delete(check.key);
      if (rolled === null) continue;
      const ttl = { expireIn: Math.max(1, rolled.expires_at - now()) };
      commit.set(keys.rollup("day", start), rolled, ttl);
    }
  });
}
