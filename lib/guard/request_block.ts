/**
 * How request records lie in the store: many to a value. A row per record costs a commit and 200
 * bytes each; a block shares every string that repeats (addresses, paths, user agents) and keeps the
 * rest as 26 bytes of numbers, which Deno KV copies without parsing.
 *
 * @module
 */
import type { Outcome, RequestRecord } from "./request_record.ts";

/** The value under one `request_log` key. */
export interface RequestBlock {
  v: 1;
  /** Milliseconds since the epoch that every row's time is counted from. */
  base: number;
  /** When the block may be forgotten, in milliseconds since the epoch. */
  expires_at: number;
  /** The rows' strings; number 0 stands for null. */
  strings: string[];
  /** `COLUMNS` numbers a row, oldest first. */
  rows: Uint16Array;
}

/** No block reaches further than this from its first to its last record. */
export const MAX_SPAN_MS = 60_000;

/** A value may hold 65,536 bytes; the rest is room for what surrounds rows and strings. */
const MAX_BYTES = 60 * 1024;
const MAX_ROWS = 1_500;

const COLUMNS = 13;
const TIME = 0;
const IP = 1;
const METHOD = 2;
const PATH = 3;
const STATUS = 4;
const DURATION_LOW = 5;
const DURATION_HIGH = 6;
const COUNTRY = 7;
const CITY = 8;
const USER_AGENT = 9;
const REFERRER = 10;
const USERNAME = 11;
const OUTCOME = 12;

const OUTCOMES: readonly Outcome[] = ["allowed", "blocked", "limited"];

/**
 * Packs records, which must be in order of time, into as few blocks as size and `spanMs` allow.
 * Yields each block with the time of its last record, the first part of its key.
 */
export function* packBlocks(
  records: Iterable<RequestRecord>,
  expiresAt: number,
  spanMs: number,
): Generator<{ lastMs: number; block: RequestBlock }> {
  let builder: BlockBuilder | undefined;
  for (const record of records) {
    if (builder && !builder.fits(record, spanMs)) {
      yield builder.finish(expiresAt);
      builder = undefined;
    }
    builder ??= new BlockBuilder(record.timestamp);
    builder.add(record);
  }
  if (builder) yield builder.finish(expiresAt);
}

class BlockBuilder {
  #base: number;
  #last: number;
  #bytes = 0;
  #strings: string[] = [""];
  #index = new Map<string, number>();
  #rows: number[] = [];

  constructor(base: number) {
    this.#base = base;
    this.#last = base;
  }

  /** A record's strings are cut before they come here, so one record always fits an empty block. */
  fits(record: RequestRecord, spanMs: number): boolean {
    return this.#bytes < MAX_BYTES - 6_000 &&
      this.#rows.length < MAX_ROWS * COLUMNS &&
      record.timestamp - this.#base <= spanMs;
  }

  add(record: RequestRecord): void {
    const duration = Math.min(
      Math.max(0, Math.round(record.duration_ms * 1_000)),
      0xffff_ffff,
    );
    this.#rows.push(
      record.timestamp - this.#base,
      this.#intern(record.ip_address),
      this.#intern(record.method),
      this.#intern(record.path),
      record.status,
      duration & 0xffff,
      duration >>> 16,
      this.#intern(record.country_code),
      this.#intern(record.city),
      this.#intern(record.user_agent),
      this.#intern(record.referrer),
      this.#intern(record.username),
      OUTCOMES.indexOf(record.outcome),
    );
    this.#bytes += COLUMNS * 2;
    this.#last = record.timestamp;
  }

  #intern(text: string | null): number {
    if (text === null) return 0;
    let index = this.#index.get(text);
    if (index === undefined) {
      index = this.#strings.push(text) - 1;
      this.#index.set(text, index);
      this.#bytes += 6 + (TWO_BYTE.test(text) ? text.length * 2 : text.length);
    }
    return index;
  }

  finish(expiresAt: number): { lastMs: number; block: RequestBlock } {
    return {
      lastMs: this.#last,
      block: {
        v: 1,
        base: this.#base,
        expires_at: expiresAt,
        strings: this.#strings,
        rows: Uint16Array.from(this.#rows),
      },
    };
  }
}

// deno-lint-ignore no-control-regex
const TWO_BYTE = /[^\x00-\xff]/;

/** How many records a block holds. */
export function blockSize(block: RequestBlock): number {
  return block.rows.length / COLUMNS;
}

/** The time of record number `index`, in milliseconds since the epoch. */
export function timestampAt(block: RequestBlock, index: number): number {
  return block.base + block.rows[index * COLUMNS + TIME]!;
}

/** Record number `index` of a block. */
export function recordAt(block: RequestBlock, index: number): RequestRecord {
  const { rows, strings } = block;
  const at = index * COLUMNS;
  const text = (column: number): string | null => {
    const number = rows[at + column]!;
    return number === 0 ? null : strings[number] ?? null;
  };
  return {
    timestamp: block.base + rows[at + TIME]!,
    ip_address: text(IP) ?? "",
    method: text(METHOD) ?? "",
    path: text(PATH) ?? "",
    status: rows[at + STATUS]!,
    duration_ms:
      (rows[at + DURATION_LOW]! + rows[at + DURATION_HIGH]! * 65_536) / 1_000,
    country_code: text(COUNTRY),
    city: text(CITY),
    user_agent: text(USER_AGENT),
    referrer: text(REFERRER),
    username: text(USERNAME),
    outcome: OUTCOMES[rows[at + OUTCOME]!] ?? "allowed",
  };
}

/** What a block is searched for; every condition that is given must hold. */
export interface BlockFilter {
  ip?: (ip: string) => boolean;
  path?: (path: string) => boolean;
  method?: (method: string) => boolean;
  status?: (status: number) => boolean;
  country?: (code: string | null) => boolean;
  username?: (name: string | null) => boolean;
  outcome?: Outcome;
}

/**
 * The numbers of the records in a block that a filter lets through, oldest first. Each distinct
 * string is tested once, so that a block without the address asked for costs no more than its list
 * of strings.
 */
export function matchingRows(
  block: RequestBlock,
  filter: BlockFilter,
): number[] {
  const { rows, strings } = block;
  const tests: {
    column: number;
    passes: Int8Array;
    test: (index: number) => boolean;
  }[] = [];
  const onString = (
    column: number,
    test?: (text: string | null) => boolean,
  ) => {
    if (!test) return;
    tests.push({
      column,
      passes: new Int8Array(strings.length),
      test: (index) => test(index === 0 ? null : strings[index]!),
    });
  };
  onString(IP, filter.ip && ((text) => filter.ip!(text ?? "")));
  onString(PATH, filter.path && ((text) => filter.path!(text ?? "")));
  onString(METHOD, filter.method && ((text) => filter.method!(text ?? "")));
  onString(COUNTRY, filter.country);
  onString(USERNAME, filter.username);
  const outcome = filter.outcome && OUTCOMES.indexOf(filter.outcome);

  const found: number[] = [];
  rows: for (let at = 0, index = 0; at < rows.length; at += COLUMNS, index++) {
    if (outcome !== undefined && rows[at + OUTCOME] !== outcome) continue;
    if (filter.status && !filter.status(rows[at + STATUS]!)) continue;
    for (const { column, passes, test } of tests) {
      const string = rows[at + column]!;
      // 0 not tested yet, 1 passes, -1 does not.
      const known = passes[string]! || (passes[string] = test(string) ? 1 : -1);
      if (known < 0) continue rows;
    }
    found.push(index);
  }
  return found;
}
