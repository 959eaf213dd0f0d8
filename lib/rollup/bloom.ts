import { mix32 } from "./hash.ts";
import { EVERY_MINUTE, type Minutes, NO_MINUTE } from "./minutes.ts";

/** A Bloom filter of pairs of a name and a part of the hour, as it is stored. */
export interface StoredBloom {
  /** Minutes in a part: 1, 5, 15 or 60. */
  unit: number;
  bits: Uint8Array;
}

const PROBES = 6;
/** Ten bits a pair and six probes: 0.8 % are found that are not there. */
const BITS_PER_PAIR = 10;
/** Fits a value with room to spare; a fuller filter finds more that is not there, never less. */
export const MAX_BLOOM_BYTES = 32 * 1024;
/** How fine a filter may look; the finest that fits is taken. */
const UNITS = [1, 5, 15, 60] as const;

/** The pairs of one hour. */
export class Bloom {
  readonly unit: number;
  readonly #bits: Uint8Array;

  constructor({ unit, bits }: StoredBloom) {
    this.unit = unit;
    this.#bits = bits;
  }

  /** An empty filter for so many pairs. */
  static for(pairs: number, unit: number): Bloom {
    const bytes = Math.ceil(pairs * BITS_PER_PAIR / 8);
    return new Bloom({
      unit,
      bits: new Uint8Array(Math.max(8, Math.min(bytes, MAX_BLOOM_BYTES))),
    });
  }

  add(hash: number, part: number): void {
    const bits = this.#bits;
    this.#probe(hash, part, (bit) => {
      bits[bit >>> 3]! |= 1 << (bit & 7);
      return true;
    });
  }

  has(hash: number, part: number): boolean {
    const bits = this.#bits;
    return this.#probe(
      hash,
      part,
      (bit) => (bits[bit >>> 3]! >>> (bit & 7) & 1) === 1,
    );
  }

  #probe(
    hash: number,
    part: number,
    visit: (bit: number) => boolean,
  ): boolean {
    const size = this.#bits.length * 8;
    let at = mix32((hash >>> 0) ^ Math.imul(part + 1, 0x9e3779b1));
    const high = Math.floor(hash / 0x1_0000_0000);
    const step = mix32(high ^ Math.imul(part + 1, 0x85ebca77)) | 1;
    for (let i = 0; i < PROBES; i++) {
      if (!visit((at >>> 0) % size)) return false;
      at = (at + step + i * i) | 0;
    }
    return true;
  }

  /** The minutes in which the name may occur; in all others it does not. */
  minutesOf(hash: number): Minutes {
    if (this.unit === 60) return this.has(hash, 0) ? EVERY_MINUTE : NO_MINUTE;
    let low = 0;
    let high = 0;
    for (let part = 0; part < 60 / this.unit; part++) {
      if (!this.has(hash, part)) continue;
      for (let i = 0; i < this.unit; i++) {
        const minute = part * this.unit + i;
        if (minute < 30) low |= 1 << minute;
        else high |= 1 << (minute - 30);
      }
    }
    return { low, high };
  }

  store(): StoredBloom {
    return { unit: this.unit, bits: this.#bits };
  }
}

/** The finest unit at which so many pairs (asked for by unit) fit. */
export function unitFor(pairs: (unit: number) => number): number {
  return UNITS.find((unit) =>
    unit === 60 || pairs(unit) * BITS_PER_PAIR <= MAX_BLOOM_BYTES * 8
  )!;
}
