import { readIp } from "../net/ip.ts";

/** The operator of an address's network. */
export interface NetworkOperator {
  /** The number of the autonomous system (RFC 1930). */
  asn: number;
  /** Its name, at most 96 bytes of UTF-8; empty if the data have none. */
  name: string;
}

/** The first word of a packed table; it differs on machines with the other byte order. */
export const MAGIC = 0x50434f31;
/** Words of the header: magic, IPv4 ranges, IPv6 ranges, operators, bytes of names. */
export const HEADER_WORDS = 5;

/**
 * Ranges of addresses and their operators, packed into one buffer of some 9 MB: the start of each
 * range and the number of its operator (0: unknown), so that a look-up is a binary search. IPv6
 * ranges are stored by their first 64 bits.
 */
export class OperatorTable {
  readonly #v4: Uint32Array;
  readonly #v4Operators: Uint32Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #v6Operators: Uint32Array;
  readonly #asns: Uint32Array;
  readonly #offsets: Uint32Array;
  readonly #names: Uint8Array;
  readonly #known: (NetworkOperator | undefined)[] = [];
  readonly #words = new Int32Array(4);
  readonly #decoder = new TextDecoder();
  /** How much memory the table takes. */
  readonly byteLength: number;

  /** @throws {TypeError} if the bytes are not a complete packed table. */
  constructor(bytes: ArrayBuffer) {
    const words = new Uint32Array(bytes, 0, bytes.byteLength >>> 2);
    const [magic, v4 = 0, v6 = 0, operators = 0, nameBytes = 0] = words;
    const length = HEADER_WORDS + 2 * v4 + 3 * v6 + 2 * operators + 1;
    if (magic !== MAGIC || bytes.byteLength !== length * 4 + nameBytes) {
      throw new TypeError(
        "Cannot read the table of operators: expected the whole of a packed one",
      );
    }
    let at = HEADER_WORDS;
    const take = (count: number) => words.subarray(at, at += count);
    this.#v4 = take(v4);
    this.#v4Operators = take(v4);
    this.#high = take(v6);
    this.#low = take(v6);
    this.#v6Operators = take(v6);
    this.#asns = take(operators);
    this.#offsets = take(operators + 1);
    this.#names = new Uint8Array(bytes, length * 4, nameBytes);
    this.byteLength = bytes.byteLength;
  }

  /** The operator of an address's network; null also for texts that are no address. */
  find(ip: string): NetworkOperator | null {
    const words = this.#words;
    const family = readIp(ip, words);
    if (family === 0) return null;
    const high = words[0]! >>> 0;
    if (family === 4) {
      return this.#operator(this.#v4Operators[lastUpTo(this.#v4, high)]);
    }
    const low = words[1]! >>> 0;
    return this.#operator(
      this.#v6Operators[lastPairUpTo(this.#high, this.#low, high, low)],
    );
  }

  #operator(number: number | undefined): NetworkOperator | null {
    // A damaged file may refer to operators that do not exist.
    if (!number || number > this.#asns.length) return null;
    const at = number - 1;
    return this.#known[at] ??= {
      asn: this.#asns[at]!,
      name: this.#decoder.decode(
        this.#names.subarray(this.#offsets[at], this.#offsets[at + 1]),
      ),
    };
  }
}

/** The index of the last value that is not above `value`, or -1. */
function lastUpTo(values: Uint32Array, value: number): number {
  let from = 0;
  let to = values.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (values[middle]! <= value) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

function lastPairUpTo(
  highs: Uint32Array,
  lows: Uint32Array,
  high: number,
  low: number,
): number {
  let from = 0;
  let to = highs.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const first = highs[middle]!;
    if (first < high || first === high && lows[middle]! <= low) {
      from = middle + 1;
    } else to = middle;
  }
  return from - 1;
}
