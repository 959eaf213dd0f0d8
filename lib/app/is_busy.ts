import { HOUR } from "../base/duration.ts";
import { floorTo } from "../log/rollup/marks.ts";
import { requestsIn, SLOT_SIZE } from "../log/rollup/rollup.ts";
import { readRollups } from "../log/rollup/stored_rollups.ts";

/** Counting and evaluating this many requests takes about 20 ms. */
export const BUSY_MINUTE = 5_000;

/**
 * Whether this hour or the last one had a minute with more than {@linkcode BUSY_MINUTE} requests,
 * as far as they are counted; false if the store does not answer.
 */
export async function isBusy(
  { kv, now }: { kv: Deno.Kv; now: () => number },
): Promise<boolean> {
  const hour = floorTo(now(), HOUR);
  try {
    const rollups = readRollups(kv, "hour", hour - HOUR, hour + HOUR, now);
    for await (const { slots } of rollups) {
      for (let at = 0; at < slots.length; at += SLOT_SIZE) {
        const minute = slots.subarray(at, at + SLOT_SIZE);
        if (requestsIn(minute) > BUSY_MINUTE) return true;
      }
    }
  } catch {
    // The jobs report this themselves.
  }
  return false;
}
