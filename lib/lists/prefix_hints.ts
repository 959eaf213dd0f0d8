/**
 * Indexed by the first 16 bits of an IPv4 address, or 16 bits of a hash of the first 32 of an IPv6
 * one.
 */
const SLOTS = 1 << 16;
/** Shorter prefixes are not hinted at: their ranges cover many slots. */
const SHORTEST = { 4: 16, 6: 33 } as const;
/** Enough bits for all prefixes from the shortest on. */
const WORDS = { 4: 1, 6: 3 } as const;

/**
 * The prefix lengths that a list has near an address, so that a lookup reads one or two tables and
 * not all of the hundred of a long list. It may include one too many, as after a deletion, but
 * never omits one.
 */
export class PrefixHints {
  readonly #family: 4 | 6;
  readonly #bits: Int32Array;

  constructor(family: 4 | 6) {
    this.#family = family;
    this.#bits = new Int32Array(SLOTS * WORDS[family]);
  }

  /** Adds a range. */
  add(words: Int32Array, prefix: number): void {
    const bit = prefix - SHORTEST[this.#family];
    if (bit >= 0) this.#bits[this.slot(words) + (bit >> 5)]! |= 1 << (bit & 31);
  }

  /** The slot of an address; see {@linkcode has}. */
  slot(words: Int32Array): number {
    const first = words[0]!;
    return this.#family === 4
      ? first >>> 16
      : (Math.imul(first, 0x9e3779b1) >>> 16) * WORDS[6];
  }

  /** Whether a range of this prefix may contain an address of this slot. */
  has(slot: number, prefix: number): boolean {
    const bit = prefix - SHORTEST[this.#family];
    return bit < 0 || (this.#bits[slot + (bit >> 5)]! >>> (bit & 31) & 1) === 1;
  }
}
