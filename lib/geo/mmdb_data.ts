import type { Bytes } from "./pages.ts";

/** Types of values; https://maxmind.github.io/MaxMind-DB/, "Output Data Section". */
const TYPE = {
  pointer: 1,
  text: 2,
  double: 3,
  bytes: 4,
  uint16: 5,
  uint32: 6,
  map: 7,
  int32: 8,
  uint64: 9,
  uint128: 10,
  array: 11,
  boolean: 14,
  float: 15,
} as const;

/** Limits of a record: real ones nest three levels deep and hold some dozens of values. */
const MAX_DEPTH = 16;
const MAX_VALUES = 2_000;
const decoder = new TextDecoder();

/** Reads values of a MaxMind DB. Damaged data throw, and never loop. */
export class DataReader {
  readonly #bytes: Bytes;
  readonly #start: number;
  readonly #end: number;
  #at = 0;
  #left = 0;

  /** The data begin at `start` of `bytes`, the base of pointers, and end before `end`. */
  constructor(bytes: Bytes, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /**
   * The value at an offset into the data.
   *
   * @throws {RangeError} if there is none.
   */
  value(offset: number): unknown {
    this.#at = this.#start + offset;
    this.#left = MAX_VALUES;
    return this.#value(0);
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH || this.#left-- <= 0) throw damaged("too much");
    const control = this.#byte();
    let type = control >> 5;
    if (type === TYPE.pointer) {
      const target = this.#pointer(control);
      const after = this.#at;
      this.#at = this.#start + target;
      const value = this.#value(depth + 1);
      this.#at = after;
      return value;
    }
    if (type === 0) type = 7 + this.#byte();
    const size = this.#size(control);
    switch (type) {
      case TYPE.text:
        return decoder.decode(this.#take(size));
      case TYPE.bytes:
        return this.#take(size).slice();
      case TYPE.double:
        return this.#float(size, 8);
      case TYPE.float:
        return this.#float(size, 4);
      case TYPE.uint16:
      case TYPE.uint32:
        return Number(this.#integer(size, 4));
      case TYPE.int32:
        return Number(BigInt.asIntN(32, this.#integer(size, 4)));
      case TYPE.uint64:
        return this.#integer(size, 8);
      case TYPE.uint128:
        return this.#integer(size, 16);
      case TYPE.boolean:
        return size !== 0;
      case TYPE.map: {
        const map: [string, unknown][] = [];
        for (let i = 0; i < size; i++) {
          const key = this.#value(depth + 1);
          if (typeof key !== "string") throw damaged("a key that is no text");
          map.push([key, this.#value(depth + 1)]);
        }
        return Object.fromEntries(map);
      }
      case TYPE.array: {
        const array: unknown[] = [];
        for (let i = 0; i < size; i++) array.push(this.#value(depth + 1));
        return array;
      }
    }
    throw damaged("an unknown type");
  }

  #pointer(control: number): number {
    const length = control >> 3 & 3;
    const bytes = this.#take(length + 1);
    let value = length === 3 ? 0 : control & 7;
    for (const byte of bytes) value = value * 256 + byte;
    return value + [0, 2_048, 526_336, 0][length]!;
  }

  #size(control: number): number {
    const size = control & 31;
    if (size < 29) return size;
    let value = 0;
    for (const byte of this.#take(size - 28)) value = value * 256 + byte;
    return value + [29, 285, 65_821][size - 29]!;
  }

  #integer(size: number, most: number): bigint {
    if (size > most) throw damaged("a number that is too long");
    let value = 0n;
    for (const byte of this.#take(size)) value = value << 8n | BigInt(byte);
    return value;
  }

  #float(size: number, expected: 4 | 8): number {
    if (size !== expected) throw damaged("a number of another length");
    const bytes = this.#take(size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    return expected === 8 ? view.getFloat64(0) : view.getFloat32(0);
  }

  #byte(): number {
    return this.#take(1)[0]!;
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (this.#at < this.#start || end > this.#end) throw damaged("cut short");
    const bytes = this.#bytes.read(this.#at, length);
    if (bytes.length !== length) throw damaged("cut short");
    this.#at = end;
    return bytes;
  }
}

function damaged(what: string): RangeError {
  return new RangeError(`Cannot read a record: ${what}`);
}
