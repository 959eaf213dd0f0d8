/**
 * A hash table from the words of an address to a number of 0 or more, in a typed array.
 *
 * A Map would need a string for every IPv6 key, and another for every lookup; here a lookup
 * allocates nothing and a million IPv4 entries take 16 MiB. Open addressing with linear probing, at
 * most three quarters full. The seed is random, so that nobody can choose addresses that collide.
 */
export class AddressTable {
  readonly #width: 1 | 4;
  /** Words per entry: its key and its value plus one, adjacent because both are read. */
  readonly #stride: number;
  readonly #seed = Math.random() * 2 ** 32 | 0;
  /** A value of 0 is a free slot. */
  #entries: Int32Array;
  #mask: number;
  #size = 0;

  /**
   * @param width Number of words in a key: 1 for IPv4, 4 for IPv6.
   * @param entries Number of entries to reserve room for.
   */
  constructor(width: 1 | 4, entries = 0) {
    this.#width = width;
    this.#stride = width + 1;
    let capacity = 8;
    while (entries * 4 > capacity * 3) capacity *= 2;
    this.#mask = capacity - 1;
    this.#entries = new Int32Array(capacity * this.#stride);
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** The value at `words`, or -1. */
  get(words: Int32Array): number {
    return this.#entries[this.#find(words) + this.#width]! - 1;
  }

  /** Sets or replaces the value at `words`. */
  set(words: Int32Array, value: number): void {
    const width = this.#width;
    let at = this.#find(words);
    if (this.#entries[at + width] === 0) {
      if ((this.#size + 1) * 4 > (this.#mask + 1) * 3) {
        this.#grow();
        at = this.#find(words);
      }
      this.#size++;
      for (let w = 0; w < width; w++) this.#entries[at + w] = words[w]!;
    }
    this.#entries[at + width] = value + 1;
  }

  /** Removes all entries; keeps the room for them. */
  clear(): void {
    if (this.#size > 0) this.#entries.fill(0);
    this.#size = 0;
  }

  /** Removes the entry at `words`; returns its value, or -1. */
  delete(words: Int32Array): number {
    const stride = this.#stride;
    const width = this.#width;
    const found = this.#find(words);
    const value = this.#entries[found + width]! - 1;
    if (value < 0) return -1;
    this.#size--;
    let hole = found / stride;
    // Entries that were displaced past the hole move back, so that a free slot ends every search.
    for (let i = hole;;) {
      i = (i + 1) & this.#mask;
      const at = i * stride;
      if (this.#entries[at + width] === 0) break;
      const home = this.#hash(this.#entries, at) & this.#mask;
      const displaced = (i - home) & this.#mask;
      if (displaced < ((i - hole) & this.#mask)) continue;
      this.#entries.copyWithin(hole * stride, at, at + stride);
      hole = i;
    }
    this.#entries[hole * stride + width] = 0;
    return value;
  }

  /**
   * Calls `visit` with each key and value. The words are a buffer that the next key overwrites, and
   * the table must not change meanwhile.
   */
  forEach(visit: (words: Int32Array, value: number) => void): void {
    const words = new Int32Array(4);
    const entries = this.#entries;
    const width = this.#width;
    for (let at = 0; at < entries.length; at += this.#stride) {
      if (entries[at + width] === 0) continue;
      for (let w = 0; w < width; w++) words[w] = entries[at + w]!;
      visit(words, entries[at + width]! - 1);
    }
  }

  /** Start of the entry of `words`, or of the free slot for it. */
  #find(words: Int32Array): number {
    const entries = this.#entries;
    const stride = this.#stride;
    const width = this.#width;
    let i = this.#hash(words, 0) & this.#mask;
    for (;;) {
      const at = i * stride;
      if (entries[at + width] === 0) return at;
      let w = 0;
      while (w < width && entries[at + w] === words[w]) w++;
      if (w === width) return at;
      i = (i + 1) & this.#mask;
    }
  }

  #hash(words: Int32Array, at: number): number {
    let hash = this.#seed;
    for (let w = 0; w < this.#width; w++) {
      hash = Math.imul(hash ^ words[at + w]!, 0x85ebca6b);
      hash ^= hash >>> 13;
      hash = Math.imul(hash, 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return hash;
  }

  #grow(): void {
    const before = this.#entries;
    const stride = this.#stride;
    const width = this.#width;
    this.#mask = this.#mask * 2 + 1;
    const entries = new Int32Array(before.length * 2);
    this.#entries = entries;
    for (let from = 0; from < before.length; from += stride) {
      if (before[from + width] === 0) continue;
      let i = this.#hash(before, from) & this.#mask;
      while (entries[i * stride + width] !== 0) i = (i + 1) & this.#mask;
      for (let w = 0; w < stride; w++) {
        entries[i * stride + w] = before[from + w]!;
      }
    }
  }
}
