/**
 * A map of at most `max` entries that evicts the least recently used.
 *
 * @example
 * ```ts
 * import { Lru } from "./lru.ts";
 *
 * const cache = new Lru<string, number>(2);
 * cache.set("a", 1);
 * cache.set("b", 2);
 * cache.get("a");
 * cache.set("c", 3); // forgets "b"
 * ```
 */
export class Lru<K, V extends NonNullable<unknown> | null> {
  // A Map keeps the order of insertion: the first key is the oldest.
  readonly #entries = new Map<K, V>();
  readonly #max: number;
  /** If it is requested again, it need not be moved: moving has a cost in the map. */
  #newest: K | undefined;

  /** @throws {RangeError} if `max` is not a whole number of at least 1. */
  constructor(max: number) {
    if (!Number.isInteger(max) || max < 1) {
      throw new RangeError(
        `Cannot hold ${max} entries: expected a whole number >= 1`,
      );
    }
    this.#max = max;
  }

  /** How many entries are held. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of a key, which becomes the most recently used. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#newest) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
    return value;
  }

  /** Stores a value; when full, the least recently used entry is evicted. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#max) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
    this.#newest = key;
  }

  /** Deletes one key. */
  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  /** Deletes all. */
  clear(): void {
    this.#entries.clear();
  }
}
