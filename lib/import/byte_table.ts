import { textOf } from "./lines.ts";

/** Whatever its texts are, a table holds no more bytes of them, and not more of them. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST = 65_536;
/** A longer one is made anew each time. */
const LONGEST = 2_048;
/** So many places are tried. Whoever knows which texts share one makes them be made anew, no more. */
const PROBES = 8;

/**
 * What was made of texts that come again and again, found by their bytes: nothing is allocated for a
 * text that is known.
 */
export class ByteTable<T> {
  readonly #make: (text: string) => T;
  /** Numbers of texts by their hashes, 0 for none. */
  #slots = new Int32Array(1_024);
  #hashes = new Int32Array(512);
  /** Where in the bytes each text begins and ends. */
  #places = new Int32Array(1_024);
  #made: T[] = [];
  #bytes = new Uint8Array(16_384);
  #used = 0;

  /** @param make Is given a text, or the same bytes as U+FFFD where they are none. */
  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  /** What is made of some bytes; `hash` is any number that goes with them. */
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
    // The one that is replaced is found no more.
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
