import type { Rate } from "./rate.ts";

/**
 * The maximum clock difference between two processes on one store, in milliseconds. A pass further
 * in the future than this was recorded before a clock was set back.
 */
export const CLOCK_SKEW_MS = 1_000;

/** The maximum number of times in one window; more passes share times, see {@linkcode grain}. */
const MAX_TIMES = 1_000;

/** The times at which attempts passed, ascending, and the number of passes at each. */
export type Passes = [time: number, count: number][];

/**
 * The grid on which passes are recorded, in milliseconds. Up to a limit of 1,000 it is one
 * millisecond. Above, times are rounded up to a thousandth of the window, so that the value stays
 * small: the limit is as strict, a pass counts for up to a thousandth longer.
 */
export function grain({ limit, windowMs }: Rate): number {
  return limit <= MAX_TIMES ? 1 : Math.ceil(windowMs / MAX_TIMES);
}

/**
 * The passes that still count at `now`. A pass leaves the window exactly `windowMs` after it.
 *
 * Passes in the future beyond the tolerated skew mean that the clock was set back. They are moved
 * to `now`: if dropped, they would open a second window, and if kept, they would lock until the
 * clock had caught up. `moved` says that this happened and that the passes need to be stored.
 */
export function countable(
  passes: Passes,
  now: number,
  rate: Rate,
): { passes: Passes; moved: boolean } {
  const kept: Passes = [];
  const horizon = now + CLOCK_SKEW_MS + grain(rate);
  let moved = false;
  for (const [time, count] of passes) {
    if (time <= now - rate.windowMs) continue;
    if (time > horizon) moved = true;
    add(kept, time > horizon ? now : time, count);
  }
  return { passes: kept, moved };
}

/** The number of passes. */
export function total(passes: Passes): number {
  return passes.reduce((sum, [, count]) => sum + count, 0);
}

/** Records `count` passes at `now`, in place. */
export function record(
  passes: Passes,
  now: number,
  count: number,
  rate: Rate,
): void {
  const step = grain(rate);
  add(passes, Math.ceil(now / step) * step, count);
}

/** Removes the latest pass, in place; false if there is none. */
export function undoPass(passes: Passes): boolean {
  const last = passes.at(-1);
  if (last === undefined) return false;
  if (--last[1] === 0) passes.pop();
  return true;
}

/**
 * When the next attempt can pass: `now` or before while the window is not full, else when enough
 * passes have left it.
 */
export function opensAt(passes: Passes, rate: Rate): number {
  let left = total(passes);
  let at = 0;
  for (const [time, count] of passes) {
    if (left < rate.limit) break;
    left -= count;
    at = time + rate.windowMs;
  }
  return at;
}

function add(passes: Passes, time: number, count: number): void {
  const last = passes.at(-1);
  // The last pass can be later because of a clock that is ahead or of rounding. The later time
  // counts: with it the window is never too short, and the list stays ordered.
  if (last !== undefined && last[0] >= time) last[1] += count;
  else passes.push([time, count]);
}
