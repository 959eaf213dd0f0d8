/**
 * Numbers that stand for lines and for runs of them. They are keyed, so that nobody who writes into
 * a log can choose lines that pass for others.
 *
 * @module
 */

/** What a store's numbers are keyed with. */
export type LineKey = readonly [number, number];

/** 32 bits of a line's bytes, all of them. */
export function hashLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  [seed, other]: LineKey,
): number {
  let hash = seed ^ end - start;
  let i = start;
  // Four at a time: a multiplication takes longer than to read a byte.
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

/** 53 bits of the lines since the last cut. */
export class RunHash {
  #a: number;
  #b: number;
  readonly #key: LineKey;

  constructor(key: LineKey) {
    this.#key = key;
    [this.#a, this.#b] = key;
  }

  /** Takes a line's number and answers with the run's so far. */
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

/** So many lines before a cut tell where it is. */
const LINES_OF_END = 4;

/** 53 bits of the last lines before a cut; null where there are too few. */
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

/** Whether a run ends behind a line: wherever the line stands in a file, so that files that share lines share runs. */
export function endsRun(hash: number): boolean {
  return (hash & 0x7f) === 0;
}
