import type { Sealed } from "../privacy/seal.ts";
import { sealedText } from "../privacy/sealed_addresses.ts";
import { LAYOUT, type RequestBlock } from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";

const {
  COLUMNS,
  TIME,
  IP,
  METHOD,
  PATH,
  STATUS,
  DURATION_LOW,
  DURATION_HIGH,
  COUNTRY,
  CITY,
  USER_AGENT,
  REFERRER,
  USERNAME,
  OUTCOME,
  OUTCOMES,
} = LAYOUT;

const MINUTE = 60_000;
const SECOND = 1_000;

/** A value may hold 65,536 bytes; the rest is room for what surrounds rows and strings. */
const MAX_BYTES = 60 * 1024;
/** The strings of one record, at their longest. */
const MAX_RECORD_BYTES = 6_000;
const MAX_ROWS = 1_500;

/** So many blocks may span a whole minute; a reader of the latest records reads all of them. */
const MINUTE_BLOCKS = 4;
/** Blocks kept open for more records: requests end in another order than they arrive in. */
const MAX_OPEN = 16;

/** A block that still takes records. */
export class OpenBlock {
  /** First part of its key: no record in it is later. */
  readonly lastMs: number;
  readonly writer: string;
  readonly n: number;
  /** Records that {@linkcode OpenBlock.value} held when it was last stored. */
  stored = 0;
  readonly #base: number;
  #bytes = 0;
  #count = 0;
  #strings: string[] = [""];
  #index = new Map<string, number>();
  #rows = new Uint16Array(16 * COLUMNS);
  /** Whole addresses, by the numbers of the strings that stand for them. */
  #exact = new Map<number, string>();

  /** A block for records from `base` to `lastMs`, both included, in milliseconds since the epoch. */
  constructor(base: number, lastMs: number, writer: string, n: number) {
    this.#base = base;
    this.lastMs = lastMs;
    this.writer = writer;
    this.n = n;
  }

  /** How many records it holds. */
  get count(): number {
    return this.#count;
  }

  /** A record's strings are cut before they come here, so one always fits an empty block. */
  get isFull(): boolean {
    return this.#count >= MAX_ROWS ||
      this.#bytes > MAX_BYTES - MAX_RECORD_BYTES;
  }

  /** Whether a record of this time belongs into it and has room. */
  takes(timestamp: number): boolean {
    return timestamp >= this.#base && timestamp <= this.lastMs && !this.isFull;
  }

  /** Takes a record; `exact` is the whole address where the record has a form of it. */
  add(record: RequestRecord, exact?: string): void {
    const at = this.#count++ * COLUMNS;
    if (at === this.#rows.length) {
      const wider = new Uint16Array(2 * at);
      wider.set(this.#rows);
      this.#rows = wider;
    }
    const rows = this.#rows;
    const duration = Math.min(
      Math.max(0, Math.round(record.duration_ms * 1_000)),
      0xffff_ffff,
    );
    rows[at + TIME] = record.timestamp - this.#base;
    rows[at + IP] = this.#intern(record.ip_address);
    if (exact !== undefined && !this.#exact.has(rows[at + IP]!)) {
      this.#exact.set(rows[at + IP]!, exact);
      this.#bytes += exact.length + 8;
    }
    rows[at + METHOD] = this.#intern(record.method);
    rows[at + PATH] = this.#intern(record.path);
    rows[at + STATUS] = record.status;
    rows[at + DURATION_LOW] = duration & 0xffff;
    rows[at + DURATION_HIGH] = duration >>> 16;
    rows[at + COUNTRY] = this.#intern(record.country_code);
    rows[at + CITY] = this.#intern(record.city);
    rows[at + USER_AGENT] = this.#intern(record.user_agent);
    rows[at + REFERRER] = this.#intern(record.referrer);
    rows[at + USERNAME] = this.#intern(record.username);
    rows[at + OUTCOME] = OUTCOMES.indexOf(record.outcome);
    this.#bytes += COLUMNS * 2;
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

  /** What is stored of it. */
  value(
    expiresAt: number,
    writtenAt: number,
    seal?: (text: string) => Sealed,
  ): RequestBlock {
    const sealed = seal && this.#exact.size > 0
      ? { sealed: seal(sealedText(this.#exact)) }
      : {};
    return {
      v: 1,
      base: this.#base,
      expires_at: expiresAt,
      written_at: writtenAt,
      strings: this.#strings,
      // A view of a wider buffer would be stored with all of that buffer.
      rows: this.#rows.slice(0, this.#count * COLUMNS),
      ...sealed,
    };
  }
}

// deno-lint-ignore no-control-regex
const TWO_BYTE = /[^\x00-\xff]/;

/**
 * Sorts one writer's records into blocks. A quiet site's block takes the records of a whole minute
 * and is stored again as it grows; after four full ones in a minute, a block takes those of one
 * second, so that a reader of the latest records finds them in few blocks.
 */
export class BlockPacker {
  readonly #writer: string;
  /** By the time of the last record that fits; the least recently used first. */
  #open = new Map<number, OpenBlock>();
  /** How many blocks were opened for whole minutes, the least recently opened minute first. */
  #opened = new Map<number, number>();
  #sequence = 0;
  /** Nearly always the next record's, too. */
  #last: OpenBlock | undefined;

  constructor(writer: string = crypto.randomUUID().slice(0, 8)) {
    this.#writer = writer;
  }

  /** Puts a record into a block and answers with that; `exact` as with {@linkcode OpenBlock.add}. */
  add(record: RequestRecord, exact?: string): OpenBlock {
    const { timestamp } = record;
    if (!this.#last?.takes(timestamp)) this.#last = this.#blockFor(timestamp);
    this.#last.add(record, exact);
    return this.#last;
  }

  #blockFor(timestamp: number): OpenBlock {
    const minute = timestamp - mod(timestamp, MINUTE);
    const second = timestamp - mod(timestamp, SECOND);
    return this.#find(minute + MINUTE - 1) ??
      this.#openMinute(minute) ??
      this.#find(second + SECOND - 1) ??
      this.#openSpan(second, SECOND);
  }

  #find(lastMs: number): OpenBlock | undefined {
    const block = this.#open.get(lastMs);
    if (!block?.isFull) return block;
    this.#open.delete(lastMs);
    return undefined;
  }

  #openMinute(minute: number): OpenBlock | undefined {
    const opened = this.#opened.get(minute) ?? 0;
    if (opened >= MINUTE_BLOCKS) return undefined;
    this.#opened.delete(minute);
    this.#opened.set(minute, opened + 1);
    if (this.#opened.size > MAX_OPEN) deleteFirst(this.#opened);
    return this.#openSpan(minute, MINUTE);
  }

  #openSpan(base: number, span: number): OpenBlock {
    const lastMs = base + span - 1;
    const block = new OpenBlock(base, lastMs, this.#writer, this.#sequence++);
    this.#open.set(lastMs, block);
    if (this.#open.size > MAX_OPEN) deleteFirst(this.#open);
    return block;
  }

  /** Puts nothing more into a block: what its key holds may not change any more. */
  close(block: OpenBlock): void {
    if (this.#last === block) this.#last = undefined;
    if (this.#open.get(block.lastMs) === block) {
      this.#open.delete(block.lastMs);
    }
  }
}

function deleteFirst<K>(map: Map<K, unknown>): void {
  const first = map.keys().next();
  if (!first.done) map.delete(first.value);
}

/** Like `%`, but never negative. */
function mod(a: number, b: number): number {
  return ((a % b) + b) % b;
}
