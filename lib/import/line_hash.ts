/**
 * Hashes of lines and of runs of lines. They are keyed, so that nobody who writes into a log can
 * choose lines that collide.
 *
 * @module
 */

/** The key of a store's hashes. */
export type LineKey = readonly [number, number];

/** A 32-bit hash of all bytes of a line. */
export function hashLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  [seed, other]: LineKey,
): number {
  let hash = seed ^ end - start;
  let i = start;
  // Four at a time: a multiplication takes longer than reading a byte.
  for (const last = end - 3; i < last; i += 4) {
    const four = bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 |
      bytes[i + 3]! << 24;
    hash = Math.imul(hash ^ four, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ hash >>> 16 ^ other, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

/** A 53-bit hash of the lines since the last cut. */
export class RunHash {
  #a: number;
  #b: number;
  readonly #key: LineKey;

  constructor(key: LineKey) {
    this.#key = key;
    [this.#a, this.#b] = key;
  }

  /** Adds a line's hash and returns the run's hash so far. */
  add(hash: number): number {
    this.#a = Math.imul(this.#a ^ hash, 0x9e3779b1);
    this.#a = this.#a << 13 | this.#a >>> 19;
    this.#b = Math.imul(this.#b + hash | 0, 0x85ebca77) ^ this.#b >>> 15;
    return (this.#a >>> 0) * 0x200000 + (this.#b >>> 11 & 0x1fffff);
  }

  /** Begins a run. */
  cut(): void {
    [this.#a, this.#b] = this.#key;
  }
}

/** Number of lines before a cut that identify it. */
const LINES_OF_END = 4;

/** A 53-bit hash of the last lines before a cut; null if there are too few. */
export function endOfRun(
  hashes: readonly number[],
  key: LineKey,
): number | null {
  if (hashes.length < LINES_OF_END) return null;
  const run = new RunHash(key);
  let end = 0;
  for (const hash of hashes.slice(-LINES_OF_END)) end = run.add(hash);
  return end;
}

/**
 * Whether a run ends after a line. Depends only on the line, not its position, so that files that
 * share lines share runs.
 */
export function endsRun(hash: number): boolean {
  return (hash & 0x7f) === 0;
}
