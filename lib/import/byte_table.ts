import { textOf } from "./lines.ts";

/** Limits of a table, for any texts: the bytes it holds, and the number of texts. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST = 65_536;
/** A longer text is not stored; its value is made each time. */
const LONGEST = 2_048;
/**
 * The number of slots that are tried. An attacker who knows which texts collide can only cause
 * their values to be made again.
 */
const PROBES = 8;

/**
 * A cache of values made from texts that repeat, looked up by their bytes: nothing is allocated for
 * a known text.
 */
export class ByteTable<T> {
  readonly #make: (text: string) => T;
  /** Indexes of texts by their hashes, 0 for none. */
  #slots = new Int32Array(1_024);
  #hashes = new Int32Array(512);
  /** Start and end of each text in the bytes. */
  #places = new Int32Array(1_024);
  #made: T[] = [];
  #bytes = new Uint8Array(16_384);
  #used = 0;

  /** @param make Gets a text; bytes that are not UTF-8 are U+FFFD in it. */
  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  /** The value for some bytes; `hash` is any number derived from them. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): T {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = -1;
    let slot = hash & mask;
    for (let i = 0; i < PROBES; i++, slot = (slot + 1) & mask) {
      const number = slots[slot]!;
      if (number === 0) {
        free = slot;
        break;
      }
      if (
        this.#hashes[number - 1] === hash &&
        this.#holds(number - 1, bytes, start, end)
      ) return this.#made[number - 1]!;
    }
    const made = this.#make(textOf(bytes, start, end));
    if (end - start <= LONGEST) {
      this.#keep(bytes.subarray(start, end), hash, made, free);
    }
    return made;
  }

  #holds(
    number: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const places = this.#places;
    const from = places[2 * number]!;
    if (places[2 * number + 1]! - from !== end - start) return false;
    const known = this.#bytes;
    for (let i = start, j = from; i < end; i++, j++) {
      if (bytes[i] !== known[j]) return false;
    }
    return true;
  }

  #keep(text: Uint8Array, hash: number, made: T, free: number): void {
    const isFull = this.#made.length === MOST ||
      this.#used + text.length > MOST_BYTES;
    if (isFull) {
      this.#slots.fill(0);
      this.#made = [];
      this.#used = 0;
      free = hash & (this.#slots.length - 1);
    }
    if (this.#used + text.length > this.#bytes.length) {
      const wider = new Uint8Array(
        Math.min(MOST_BYTES, 2 * this.#bytes.length + text.length),
      );
      wider.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = wider;
    }
    const number = this.#made.push(made) - 1;
    if (number === this.#hashes.length) this.#grow();
    // The replaced text is no longer found.
    if (free < 0) free = hash & (this.#slots.length - 1);
    this.#hashes[number] = hash;
    this.#bytes.set(text, this.#used);
    this.#places[2 * number] = this.#used;
    this.#places[2 * number + 1] = this.#used += text.length;
    if (4 * this.#made.length > this.#slots.length) this.#widen();
    else this.#slots[free] = number + 1;
  }

  #grow(): void {
    const hashes = new Int32Array(2 * this.#hashes.length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const places = new Int32Array(2 * this.#places.length);
    places.set(this.#places);
    this.#places = places;
  }

  #widen(): void {
    this.#slots = new Int32Array(4 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#made.length; number++) {
      let slot = this.#hashes[number]! & mask;
      let left = PROBES - 1;
      while (this.#slots[slot] !== 0 && left-- > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}
