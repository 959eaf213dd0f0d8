/** Steps per doubling: a quantile is accurate to within 9 %. */
const STEPS = 8;
/** From a sixteenth of a millisecond to more than an hour. */
const LOWEST = 1 / 16;
const BUCKETS = 26 * STEPS;

/** Counts durations in exponential buckets, so that memory does not grow with their number. */
export class Durations {
  #buckets: Uint32Array | null = null;
  count = 0;

  add(ms: number): void {
    this.#buckets ??= new Uint32Array(BUCKETS);
    const step = Math.log2(Math.max(ms, LOWEST) / LOWEST) * STEPS;
    this.#buckets[Math.min(BUCKETS - 1, Math.floor(step))]!++;
    this.count++;
  }

  /**
   * The duration that a share (0 to 1) of all is below, in milliseconds; null without durations.
   */
  quantile(share: number): number | null {
    if (this.count === 0) return null;
    let left = Math.ceil(this.count * share);
    for (const [step, count] of this.#buckets!.entries()) {
      left -= count;
      if (left <= 0) return LOWEST * 2 ** ((step + 0.5) / STEPS);
    }
    return null;
  }
}
