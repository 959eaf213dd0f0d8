import type { Rate } from "./rate.ts";

/** How many times one window holds at the most; more passes share times. */
const MAX_TIMES = 64;
/** A pass further ahead than this was counted before a clock was set back. */
const SKEW_MS = 1_000;

/** The grid on which passes are counted, in milliseconds. */
export function stepOf({ limit, windowMs }: Rate): number {
  return limit <= MAX_TIMES ? 1 : Math.ceil(windowMs / MAX_TIMES);
}

/**
 * Passes of one subject within a sliding window, in memory.
 *
 * Times are rounded up to a sixty-fourth of the window, so that there are few of them: the limit
 * holds as strictly, and a pass is remembered by up to that much longer. There is no edge at which
 * twice the limit passes, as every pass leaves the window by itself.
 */
export class CountedWindow {
  /** Times and counts by turns, in the order of the times. */
  #passes: number[] = [];
  #first = 0;
  total = 0;

  /** Forgets what has left the window. */
  advance(now: number, { windowMs }: Rate, step: number): void {
    const passes = this.#passes;
    const last = passes.at(-2);
    if (last === undefined) return;
    if (last > now + SKEW_MS + step) return this.#pull(now);
    while (
      this.#first < passes.length && passes[this.#first]! <= now - windowMs
    ) {
      this.total -= passes[this.#first + 1]!;
      this.#first += 2;
    }
    if (this.#first === passes.length) {
      this.#passes = [];
      this.#first = 0;
    } else if (this.#first > 2 * MAX_TIMES) {
      this.#passes = passes.slice(this.#first);
      this.#first = 0;
    }
  }

  add(at: number, count: number, step: number): void {
    const time = Math.ceil(at / step) * step;
    const passes = this.#passes;
    this.total += count;
    // The later time counts: by it the window is never too short, and the list stays in order.
    if (passes.length > this.#first && passes.at(-2)! >= time) {
      passes[passes.length - 1]! += count;
    } else passes.push(time, count);
  }

  /** When one more passes, if nothing else does until then. */
  opensAt({ limit, windowMs }: Rate): number {
    let left = this.total;
    let at = 0;
    for (
      let i = this.#first;
      i < this.#passes.length && left >= limit;
      i += 2
    ) {
      left -= this.#passes[i + 1]!;
      at = this.#passes[i]! + windowMs;
    }
    return at;
  }

  /** When the first pass leaves the window; 0 where there is none. */
  frees({ windowMs }: Rate): number {
    const first = this.#passes[this.#first];
    return first === undefined ? 0 : first + windowMs;
  }

  /** Times and counts by turns. */
  passes(): number[] {
    return this.#passes.slice(this.#first);
  }

  /**
   * The clock was set back. Forgotten, the passes would open a second window; left alone, they would
   * lock until the clock had caught up.
   */
  #pull(now: number): void {
    this.#passes = this.total > 0 ? [now, this.total] : [];
    this.#first = 0;
  }
}
