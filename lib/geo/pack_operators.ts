import { cutBytes } from "../base/text.ts";
import { readUnfolded } from "../net/ip.ts";
import { HEADER_WORDS, MAGIC } from "./operator_table.ts";

/**
 * The input of {@linkcode packOperators}: CSV of first and last address, number and name.
 *
 * @example
 * ```ts
 * import type { OperatorFiles } from "@portcullis/portcullis";
 *
 * const csv = new TextEncoder();
 * const files: OperatorFiles = {
 *   ipv4: csv.encode("3405803776,3405804031,64500,Example\n"),
 *   ipv6: csv.encode("2001:db8::,2001:db8:ffff::,64500,Example\n"),
 * };
 * ```
 */
export interface OperatorFiles {
  /** Addresses as numbers. */
  ipv4: Uint8Array;
  /** Addresses as texts. */
  ipv6: Uint8Array;
}

const PACE_EVERY = 1_000;
const MAX_NAME_BYTES = 96;
const COMMA = 44;
const LF = 10;
const QUOTE = 34;

/**
 * Packs sorted ranges into the format of {@linkcode OperatorTable}. Adjacent ranges of one operator
 * are merged; where ranges overlap, the earlier one wins. Incomplete lines are skipped.
 *
 * @param pace Called every few thousand lines, to yield to other tasks.
 */
export async function packOperators(
  { ipv4, ipv6 }: OperatorFiles,
  pace: () => Promise<void> = () => Promise.resolve(),
): Promise<ArrayBuffer> {
  const operators = new Operators();
  const v4 = new SpanList();
  const v6 = new SpanList();
  let lines = 0;
  for (const { from, to, asn, name } of rows(ipv4)) {
    if (++lines % PACE_EVERY === 0) await pace();
    v4.add(numberOf(from), numberOf(to), () => operators.number(asn, name));
  }
  for (const { from, to, asn, name } of rows(ipv6)) {
    if (++lines % PACE_EVERY === 0) await pace();
    v6.add(prefixOf(from), prefixOf(to), () => operators.number(asn, name));
  }
  return joined(v4, v6, operators);
}

/** Parses an IPv4 address written as a number. */
function numberOf(text: string): bigint | null {
  return /^\d{1,10}$/.test(text) ? BigInt(text) : null;
}

/** The first 64 bits of an IPv6 address. */
function prefixOf(text: string): bigint | null {
  const words = new Int32Array(4);
  if (readUnfolded(text, words) !== 6) return null;
  return BigInt(words[0]! >>> 0) << 32n | BigInt(words[1]! >>> 0);
}

/** Starts of ranges and the operator from there on. */
class SpanList {
  starts: bigint[] = [];
  operators: number[] = [];
  #next = 0n;

  add(
    from: bigint | null,
    to: bigint | null,
    operator: () => number,
  ): void {
    if (from === null || to === null) return;
    const start = from > this.#next ? from : this.#next;
    if (start > to) return;
    if (start > this.#next) this.#put(this.#next, 0);
    this.#put(start, operator());
    this.#next = to + 1n;
  }

  #put(start: bigint, operator: number): void {
    if (this.operators.at(-1) === operator) return;
    this.starts.push(start);
    this.operators.push(operator);
  }

  /** Addresses after the last range have no operator. */
  end(limit: bigint): void {
    if (this.#next < limit) this.#put(this.#next, 0);
  }
}

class Operators {
  readonly asns: number[] = [];
  readonly names: Uint8Array[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #encoder = new TextEncoder();

  number(asn: number, name: () => string): number {
    const known = this.#numbers.get(asn);
    if (known !== undefined) return known;
    this.names.push(this.#encoder.encode(cutBytes(name(), MAX_NAME_BYTES)));
    const number = this.asns.push(asn);
    this.#numbers.set(asn, number);
    return number;
  }
}

function joined(
  v4: SpanList,
  v6: SpanList,
  operators: Operators,
): ArrayBuffer {
  v4.end(1n << 32n);
  v6.end(1n << 64n);
  const { asns, names } = operators;
  const words = HEADER_WORDS + 2 * v4.starts.length + 3 * v6.starts.length +
    2 * asns.length + 1;
  const nameBytes = names.reduce((sum, { length }) => sum + length, 0);
  const buffer = new ArrayBuffer(words * 4 + nameBytes);
  const table = new Uint32Array(buffer, 0, words);
  table.set([
    MAGIC,
    v4.starts.length,
    v6.starts.length,
    asns.length,
    nameBytes,
  ]);
  let at = HEADER_WORDS;
  const put = (values: readonly number[]) => {
    table.set(values, at);
    at += values.length;
  };
  put(v4.starts.map(Number));
  put(v4.operators);
  put(v6.starts.map((start) => Number(start >> 32n)));
  put(v6.starts.map((start) => Number(start & 0xffff_ffffn)));
  put(v6.operators);
  put(asns);
  const bytes = new Uint8Array(buffer, words * 4);
  let end = 0;
  for (const name of names) {
    table[at++] = end;
    bytes.set(name, end);
    end += name.length;
  }
  table[at] = end;
  return buffer;
}

interface Row {
  from: string;
  to: string;
  asn: number;
  /** Read only on demand: most rows' operators are known by then. */
  name: () => string;
}

/** The rows with two addresses and a number. */
function* rows(bytes: Uint8Array): Generator<Row> {
  const decoder = new TextDecoder();
  const text = (from: number, to: number) =>
    decoder.decode(bytes.subarray(from, to));
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LF, start);
    const end = found < 0 ? bytes.length : found;
    const first = bytes.indexOf(COMMA, start);
    const second = first < 0 ? -1 : bytes.indexOf(COMMA, first + 1);
    const third = second < 0 ? -1 : bytes.indexOf(COMMA, second + 1);
    if (third >= 0 && third < end) {
      const asn = Number(text(second + 1, third));
      if (Number.isInteger(asn) && asn > 0 && asn < 2 ** 32) {
        yield {
          from: text(start, first),
          to: text(first + 1, second),
          asn,
          name: () => unquoted(text(third + 1, end)),
        };
      }
    }
    start = end + 1;
  }
}

function unquoted(field: string): string {
  const text = field.trim();
  return text.charCodeAt(0) === QUOTE && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}
