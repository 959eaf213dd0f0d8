import type { Rate } from "./rate.ts";

/** The maximum number of times in one window; more passes share times. */
const MAX_TIMES = 64;
/** A pass further in the future was counted before a clock was set back. */
const SKEW_MS = 1_000;

/** The grid on which passes are counted, in milliseconds. */
export function stepOf({ limit, windowMs }: Rate): number {
  return limit <= MAX_TIMES ? 1 : Math.ceil(windowMs / MAX_TIMES);
}

/**
 * Passes of one subject within a sliding window, in memory.
 *
 * Times are rounded up to a sixty-fourth of the window, so that there are few of them: the limit is
 * as strict, and a pass counts for up to that much longer. Twice the limit never passes at an edge,
 * as every pass leaves the window by itself.
 */
export class CountedWindow {
  /** Alternating times and counts, ordered by time. */
  #passes: number[] = [];
  #first = 0;
  total = 0;

  /** Drops the passes that have left the window. */
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
    // The later time counts: with it the window is never too short, and the list stays ordered.
    if (passes.length > this.#first && passes.at(-2)! >= time) {
      passes[passes.length - 1]! += count;
    } else passes.push(time, count);
  }

  /** When the next attempt can pass, if none passes before. */
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

  /** When the first pass leaves the window; 0 if there is none. */
  frees({ windowMs }: Rate): number {
    const first = this.#passes[this.#first];
    return first === undefined ? 0 : first + windowMs;
  }

  /** Alternating times and counts. */
  passes(): number[] {
    return this.#passes.slice(this.#first);
  }

  /**
   * For a clock that was set back. If the passes were dropped, they would open a second window; if
   * kept, they would lock until the clock had caught up.
   */
  #pull(now: number): void {
    this.#passes = this.total > 0 ? [now, this.total] : [];
    this.#first = 0;
  }
}
