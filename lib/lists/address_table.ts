/**
 * A hash table from the words of an address to a number of 0 or more, in two typed arrays.
 *
 * A Map would need a string for every IPv6 key, and one more for every look-up; here a look-up
 * allocates nothing and a million IPv4 entries take 16 MiB. Open addressing with linear probing, at
 * most three quarters full. The seed is random, so that nobody can choose addresses that collide.
 */
export class AddressTable {
  readonly #width: 1 | 4;
  readonly #seed = Math.random() * 2 ** 32 | 0;
  #keys: Int32Array;
  /** The value plus one; 0 is a free place. */
  #values: Int32Array;
  #mask: number;
  #size = 0;

  /**
   * @param width How many words of a key count: 1 for IPv4, 4 for IPv6.
   * @param entries For how many there is to be room from the start.
   */
  constructor(width: 1 | 4, entries = 0) {
    this.#width = width;
    let capacity = 8;
    while (entries * 4 > capacity * 3) capacity *= 2;
    this.#mask = capacity - 1;
    this.#keys = new Int32Array(capacity * width);
    this.#values = new Int32Array(capacity);
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The value at `words`, or -1. */
  get(words: Int32Array): number {
    return this.#values[this.#find(words)]! - 1;
  }

  /** Sets or replaces the value at `words`. */
  set(words: Int32Array, value: number): void {
    let i = this.#find(words);
    if (this.#values[i] === 0) {
      if ((this.#size + 1) * 4 > this.#values.length * 3) {
        this.#grow();
        i = this.#find(words);
      }
      this.#size++;
      for (let w = 0; w < this.#width; w++) {
        this.#keys[i * this.#width + w] = words[w]!;
      }
    }
    this.#values[i] = value + 1;
  }

  /** Takes the entry at `words` out; returns its value, or -1. */
  delete(words: Int32Array): number {
    let hole = this.#find(words);
    const value = this.#values[hole]! - 1;
    if (value < 0) return -1;
    this.#size--;
    // Entries that were pushed past the hole move back, so that a free place ends every search.
    for (let i = hole;;) {
      i = (i + 1) & this.#mask;
      if (this.#values[i] === 0) break;
      const home = this.#hash(this.#keys, i * this.#width) & this.#mask;
      const displaced = (i - home) & this.#mask;
      if (displaced < ((i - hole) & this.#mask)) continue;
      this.#move(i, hole);
      hole = i;
    }
    this.#values[hole] = 0;
    return value;
  }

  /**
   * Calls `visit` with each key and value. The words are a buffer that the next key overwrites, and
   * the table must not change meanwhile.
   */
  forEach(visit: (words: Int32Array, value: number) => void): void {
    const words = new Int32Array(4);
    for (let i = 0; i < this.#values.length; i++) {
      if (this.#values[i] === 0) continue;
      for (let w = 0; w < this.#width; w++) {
        words[w] = this.#keys[i * this.#width + w]!;
      }
      visit(words, this.#values[i]! - 1);
    }
  }

  /** The place of `words`, or the free place where they would go. */
  #find(words: Int32Array): number {
    const width = this.#width;
    let i = this.#hash(words, 0) & this.#mask;
    while (this.#values[i] !== 0) {
      const at = i * width;
      let w = 0;
      while (w < width && this.#keys[at + w] === words[w]) w++;
      if (w === width) break;
      i = (i + 1) & this.#mask;
    }
    return i;
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

  #move(from: number, to: number): void {
    const width = this.#width;
    this.#keys.copyWithin(to * width, from * width, (from + 1) * width);
    this.#values[to] = this.#values[from]!;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const width = this.#width;
    this.#mask = values.length * 2 - 1;
    this.#keys = new Int32Array(keys.length * 2);
    this.#values = new Int32Array(values.length * 2);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue;
      let to = this.#hash(keys, i * width) & this.#mask;
      while (this.#values[to] !== 0) to = (to + 1) & this.#mask;
      for (let w = 0; w < width; w++) {
        this.#keys[to * width + w] = keys[i * width + w]!;
      }
      this.#values[to] = values[i]!;
    }
  }
}
