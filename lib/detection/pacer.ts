import { setImmediate } from "node:timers/promises";
import { delay } from "../base/delay.ts";

/** Options of {@linkcode createPacer}. */
export interface PacerOptions {
  /**
   * The longest slice of work, in milliseconds, that requests have to wait for.
   *
   * @default 5
   */
  sliceMs?: number;
  /**
   * Under load, the length of pauses as a multiple of the work.
   *
   * @default 12
   */
  rest?: number;
  /**
   * How many requests the server has answered so far. It indicates load better than time does: a
   * fast server answers what waited in a fraction of a millisecond.
   */
  answered?: () => number;
}

/**
 * Without a count of requests: a turn of the event loop that takes longer than this is taken as
 * load, in milliseconds.
 */
const LOADED_MS = 0.4;

/**
 * Makes a function that long work calls often: after each slice it yields to the event loop, and
 * pauses if others are waiting. Without load the work is hardly slower; under load it takes about a
 * thirteenth of the time.
 */
export function createPacer(
  { sliceMs = 5, rest = 12, answered }: PacerOptions = {},
): () => Promise<void> | void {
  let resumed = performance.now();
  let seen = answered?.() ?? 0;
  return function pace() {
    const worked = performance.now() - resumed;
    if (worked >= sliceMs) return turn(Math.min(worked, 250));
  };

  async function turn(worked: number): Promise<void> {
    const before = performance.now();
    // A timer of no delay takes 2 ms, an immediate a few microseconds.
    await setImmediate();
    const waited = performance.now() - before;
    const isLoaded = answered ? answered() > seen : waited > LOADED_MS;
    if (isLoaded) await delay(Math.max(0, worked * rest - waited));
    // Requests answered during a pause are no reason for another one.
    seen = answered?.() ?? 0;
    resumed = performance.now();
  }
}
