/** By the first 16 bits of an IPv4 address, or 16 bits of a hash of the first 32 of an IPv6 one. */
const SLOTS = 1 << 16;
/** Shorter prefixes are not hinted at: their ranges reach over many slots. */
const SHORTEST = { 4: 16, 6: 33 } as const;
/** Bits enough for the prefixes from the shortest on. */
const WORDS = { 4: 1, 6: 3 } as const;

/**
 * Which prefix lengths a list has around an address, so that a look-up asks one or two tables and
 * not all of the hundred that a long list has. It may name one too many, as after a deletion, but
 * never one too few.
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

  /** Where what is known of an address stands; see {@linkcode has}. */
  slot(words: Int32Array): number {
    const first = words[0]!;
    return this.#family === 4
      ? first >>> 16
      : (Math.imul(first, 0x9e3779b1) >>> 16) * WORDS[6];
  }

  /** Whether a range of this prefix may hold an address of this slot. */
  has(slot: number, prefix: number): boolean {
    const bit = prefix - SHORTEST[this.#family];
    return bit < 0 || (this.#bits[slot + (bit >> 5)]! >>> (bit & 31) & 1) === 1;
  }
}
