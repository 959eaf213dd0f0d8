import type { ByteSource } from "./byte_source.ts";
import { DamagedFileError } from "./damaged_file.ts";

const BLOCK = 0x314159265359;
const END = 0x177245385090;
/** More than the largest block can take in the worst case of compression. */
const AHEAD = 2 * 1024 * 1024;
const GROUP = 50;
const LONGEST_CODE = 20;

/**
 * Decompresses all streams of a bzip2 file, as `bzip2` and `pbzip2` write them; zeros between and
 * after them are skipped. Checks the checksum of every block. Data before a damaged block is
 * yielded first.
 *
 * @throws {DamagedFileError} if the file is damaged or truncated.
 */
export async function* bunzip2(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const start = await source.peek(4);
    if (start.length === 0) return;
    const padding = start.findIndex((byte) => byte !== 0);
    if (padding !== 0) {
      source.take(padding < 0 ? start.length : padding);
      continue;
    }
    const level = start[3]! - 48;
    if (
      start[0] !== 0x42 || start[1] !== 0x5a || start[2] !== 0x68 ||
      !(level >= 1 && level <= 9)
    ) {
      throw new DamagedFileError(
        "bzip2: the data after a stream is not another one",
      );
    }
    source.take(4);
    yield* stream(source, level * 100_000);
  }
}

async function* stream(
  source: ByteSource,
  size: number,
): AsyncGenerator<Uint8Array> {
  let bit = 0;
  const table = new Uint32Array(size);
  for (;;) {
    const bits = new Bits(await source.peek(AHEAD), bit);
    const magic = bits.read(24) * 0x1000000 + bits.read(24);
    const sum = bits.read(16) * 0x10000 + bits.read(16);
    if (magic === END) {
      source.take(bits.bytes);
      return;
    }
    if (magic !== BLOCK) throw damaged();
    const block = unpackBlock(bits, table, size);
    if (crc(block) !== sum >>> 0) {
      throw new DamagedFileError("bzip2: the checksum of a block is wrong");
    }
    bit = bits.position & 7;
    source.take(bits.position >> 3);
    yield block;
  }
}

/** Reads bits from bytes, most significant first. */
class Bits {
  readonly #bytes: Uint8Array;
  /** In bits. */
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  /** Number of bytes read, counting a partly read one. */
  get bytes(): number {
    return this.position + 7 >> 3;
  }

  /** The next bits, 24 at most. */
  read(count: number): number {
    const bytes = this.#bytes;
    let value = 0;
    let left = count;
    while (left > 0) {
      const at = this.position >> 3;
      if (at >= bytes.length) {
        throw new DamagedFileError("bzip2: the file is truncated");
      }
      const offset = this.position & 7;
      const step = Math.min(8 - offset, left);
      const part = bytes[at]! >> 8 - offset - step & (1 << step) - 1;
      value = value << step | part;
      this.position += step;
      left -= step;
    }
    return value;
  }
}

/** A Huffman code: for each length the first code, and the index of its first symbol. */
interface Code {
  limits: Int32Array;
  offsets: Int32Array;
  symbols: Uint16Array;
}

function unpackBlock(bits: Bits, table: Uint32Array, size: number): Uint8Array {
  if (bits.read(1) === 1) {
    throw new DamagedFileError("bzip2: the block is of a version before 1.0");
  }
  const origin = bits.read(24);
  const used: number[] = [];
  const ranges = bits.read(16);
  for (let i = 0; i < 16; i++) {
    if (!(ranges >> 15 - i & 1)) continue;
    const range = bits.read(16);
    for (let j = 0; j < 16; j++) if (range >> 15 - j & 1) used.push(16 * i + j);
  }
  const groups = bits.read(3);
  const selectorCount = bits.read(15);
  if (used.length === 0 || groups < 2 || groups > 6 || selectorCount < 1) {
    throw damaged();
  }
  const order = Array.from({ length: groups }, (_, i) => i);
  const selectors = new Uint8Array(selectorCount);
  for (let i = 0; i < selectorCount; i++) {
    let at = 0;
    while (bits.read(1) === 1) if (++at >= groups) throw damaged();
    const [group] = order.splice(at, 1);
    order.unshift(group!);
    selectors[i] = group!;
  }
  const alphabet = used.length + 2;
  const codes = Array.from({ length: groups }, () => readCode(bits, alphabet));

  const counts = new Uint32Array(257);
  const front = Uint8Array.from(used);
  let length = 0;
  let run = 0;
  let weight = 1;
  let code = codes[0]!;
  let left = 0;
  let selector = 0;
  for (;;) {
    if (left === 0) {
      if (selector >= selectorCount) throw damaged();
      code = codes[selectors[selector++]!]!;
      left = GROUP;
    }
    left--;
    const symbol = readSymbol(bits, code);
    if (symbol <= 1) {
      // Run lengths are numbers in base 2 with the digits 1 and 2.
      run += weight << symbol;
      weight *= 2;
      if (run > size) throw damaged();
      continue;
    }
    if (run > 0) {
      if (length + run > size) throw damaged();
      const byte = front[0]!;
      counts[byte + 1]! += run;
      table.fill(byte, length, length + run);
      length += run;
      run = 0;
      weight = 1;
    }
    if (symbol === alphabet - 1) break;
    if (length >= size) throw damaged();
    const at = symbol - 1;
    const byte = front[at]!;
    front.copyWithin(1, 0, at);
    front[0] = byte;
    counts[byte + 1]!++;
    table[length++] = byte;
  }
  if (origin >= length) throw damaged();
  for (let i = 1; i < 257; i++) counts[i]! += counts[i - 1]!;
  for (let i = 0; i < length; i++) {
    const byte = table[i]! & 255;
    table[counts[byte]!++]! |= i << 8;
  }
  return unrun(table, table[origin]! >>> 8, length);
}

function readCode(bits: Bits, alphabet: number): Code {
  const lengths = new Uint8Array(alphabet);
  let length = bits.read(5);
  for (let i = 0; i < alphabet; i++) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > LONGEST_CODE) throw damaged();
    lengths[i] = length;
  }
  const limits = new Int32Array(LONGEST_CODE + 2).fill(-1);
  const offsets = new Int32Array(LONGEST_CODE + 2);
  const symbols = new Uint16Array(alphabet);
  let next = 0;
  let first = 0;
  for (let bits = 1; bits <= LONGEST_CODE; bits++) {
    const begin = next;
    for (let i = 0; i < alphabet; i++) {
      if (lengths[i] === bits) symbols[next++] = i;
    }
    offsets[bits] = begin - first;
    first += next - begin;
    limits[bits] = first - 1;
    first <<= 1;
  }
  return { limits, offsets, symbols };
}

function readSymbol(bits: Bits, { limits, offsets, symbols }: Code): number {
  let code = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code = code << 1 | bits.read(1);
    if (code <= limits[length]!) {
      const symbol = symbols[code + offsets[length]!];
      if (symbol === undefined) break;
      return symbol;
    }
  }
  throw damaged();
}

/** Follows the block's order, and expands runs: four equal bytes and a count of further ones. */
function unrun(table: Uint32Array, start: number, length: number): Uint8Array {
  let out = new Uint8Array(Math.max(1_024, length * 2));
  let size = 0;
  let at = start;
  let same = 0;
  let last = -1;
  for (let i = 0; i < length; i++) {
    const entry = table[at]!;
    const byte = entry & 255;
    at = entry >>> 8;
    if (size + 256 > out.length) {
      const wider = new Uint8Array(out.length * 2);
      wider.set(out);
      out = wider;
    }
    if (same === 4) {
      out.fill(last, size, size + byte);
      size += byte;
      same = 0;
      last = -1;
      continue;
    }
    same = byte === last ? same + 1 : 1;
    last = byte;
    out[size++] = byte;
  }
  return out.subarray(0, size);
}

const CRC = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let value = i << 24;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 0x80000000 ? value << 1 ^ 0x04c11db7 : value << 1;
  }
  CRC[i] = value >>> 0;
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    value = value << 8 ^ CRC[value >>> 24 ^ bytes[i]!]!;
  }
  return ~value >>> 0;
}

function damaged(): DamagedFileError {
  return new DamagedFileError("bzip2: the file is damaged");
}
