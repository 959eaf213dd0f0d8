import { setImmediate } from "node:timers/promises";
import { delay } from "../base/delay.ts";

/** Options of {@linkcode createPacer}. */
export interface PacerOptions {
  /**
   * How long work goes on in one piece, in milliseconds: nobody waits longer for their turn.
   *
   * @default 5
   */
  sliceMs?: number;
  /**
   * Under load, how many times as long as it worked the work rests.
   *
   * @default 12
   */
  rest?: number;
  /**
   * How many requests the server has answered so far. It tells load better than
   * time does: a fast server answers what waited in a fraction of a millisecond.
   */
  answered?: () => number;
}

/**
 * Without a count of requests: a turn of the event loop that takes longer than
 * this had others to serve, in milliseconds.
 */
const LOADED_MS = 0.4;

/**
 * Makes a function that long work calls often: after each slice it lets the event loop turn, and
 * where that shows that others wait, rests. Without load the work loses next to nothing; under load
 * it takes a thirteenth of the time and little more.
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
    // What is answered during the rest is no reason for another one.
    seen = answered?.() ?? 0;
    resumed = performance.now();
  }
}
