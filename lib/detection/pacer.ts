import { setImmediate } from "node:timers/promises";
import { delay } from "../delay.ts";

/** What {@linkcode createPacer} can be told. */
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
   * @default 6
   */
  rest?: number;
}

/** A turn of the event loop that takes longer than this had others to serve. */
const LOADED_MS = 0.4;

/**
 * Makes a function that long work calls often: after each slice it lets the event loop turn, and
 * where that shows that others wait, rests. Without load the work loses next to nothing; under load
 * it takes a seventh of the time and no more.
 */
export function createPacer(
  { sliceMs = 5, rest = 6 }: PacerOptions = {},
): () => Promise<void> | void {
  let resumed = performance.now();
  return function pace() {
    const worked = performance.now() - resumed;
    if (worked >= sliceMs) return turn(Math.min(worked, 50));
  };

  async function turn(worked: number): Promise<void> {
    const before = performance.now();
    // A timer of no delay takes 2 ms, an immediate a few microseconds.
    await setImmediate();
    const waited = performance.now() - before;
    if (waited > LOADED_MS) await delay(Math.max(0, worked * rest - waited));
    resumed = performance.now();
  }
}
