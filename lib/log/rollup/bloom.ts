import { mix32 } from "./hash.ts";
import {
  inEither,
  type Minutes,
  NO_MINUTE,
  partOf,
  type Unit,
  UNITS,
} from "./minutes.ts";

/** The stored form of a Bloom filter of pairs of a name and a part of the hour. */
export interface StoredBloom {
  /** Minutes per part. */
  unit: Unit;
  bits: Uint8Array;
}

const PROBES = 9;
/**
 * 14 bits per pair and nine probes: 0.12 % false positives. Fewer bits would be read faster, but
 * make a search read more minutes in vain.
 */
const BITS_PER_PAIR = 14;
/** Fits into a value; a fuller filter has more false positives, but no false negatives. */
export const MAX_BLOOM_BYTES = 56 * 1024;

/** The pairs of one hour. */
export class Bloom {
  readonly unit: Unit;
  readonly #bits: Uint8Array;

  constructor({ unit, bits }: StoredBloom) {
    this.unit = unit;
    this.#bits = bits;
  }

  /** An empty filter for this many pairs. */
  static for(pairs: number, unit: Unit): Bloom {
    const bytes = Math.ceil(pairs * BITS_PER_PAIR / 8);
    return new Bloom({
      unit,
      bits: new Uint8Array(Math.max(8, Math.min(bytes, MAX_BLOOM_BYTES))),
    });
  }

  /** Adds a name, by its 53-bit hash, in a part of the hour. */
  add(hash: number, part: number): void {
    const bits = this.#bits;
    const size = bits.length * 8;
    const step = stepOf(hash, part);
    let at = startOf(hash, part);
    for (let i = 0; i < PROBES; i++) {
      const bit = (at >>> 0) % size;
      bits[bit >>> 3]! |= 1 << (bit & 7);
      at = (at + step + i * i) | 0;
    }
  }

  /** Whether a name may have been added in a part; if not, it was not. */
  has(hash: number, part: number): boolean {
    const bits = this.#bits;
    const size = bits.length * 8;
    const step = stepOf(hash, part);
    let at = startOf(hash, part);
    for (let i = 0; i < PROBES; i++) {
      const bit = (at >>> 0) % size;
      if ((bits[bit >>> 3]! >>> (bit & 7) & 1) === 0) return false;
      at = (at + step + i * i) | 0;
    }
    return true;
  }

  /** The minutes in which the name may occur; in all others it does not. */
  minutesOf(hash: number): Minutes {
    let minutes = NO_MINUTE;
    for (let part = 0; part < 60 / this.unit; part++) {
      if (!this.has(hash, part)) continue;
      minutes = inEither(minutes, partOf(this.unit, part));
    }
    return minutes;
  }

  store(): StoredBloom {
    return { unit: this.unit, bits: this.#bits };
  }
}

function startOf(hash: number, part: number): number {
  return mix32((hash >>> 0) ^ Math.imul(part + 1, 0x9e3779b1));
}

function stepOf(hash: number, part: number): number {
  const high = Math.floor(hash / 0x1_0000_0000);
  return mix32(high ^ Math.imul(part + 1, 0x85ebca77)) | 1;
}

/** The finest unit for which the pairs (counted by unit) fit. */
export function unitFor(pairs: (unit: Unit) => number): Unit {
  return UNITS.find((unit) =>
    unit === 60 || pairs(unit) * BITS_PER_PAIR <= MAX_BLOOM_BYTES * 8
  )!;
}
