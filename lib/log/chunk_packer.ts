import { MINUTE, SECOND } from "../base/duration.ts";
import type { Sealed } from "../privacy/seal.ts";
import { sealedText } from "../privacy/sealed_addresses.ts";
import {
  AT,
  COLUMNS,
  type Interner,
  operatorText,
  writeRow,
} from "./columns.ts";
import { chunkVersion, type LogChunk } from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";

/** A value may hold 65,536 bytes; the rest is room for what surrounds rows and strings. */
const MAX_BYTES = 60 * 1024;
/** The strings of one record, at their longest. */
const MAX_RECORD_BYTES = 6_000;
const MAX_ROWS = 1_500;
/**
 * Storing a chunk again writes all of it again. At ten requests a second every record is a commit,
 * and chunks of 60 KiB would have each record written two hundred times.
 */
const MAX_STORES = 32;

/** So many full ones may span a whole minute; a reader of the latest records reads all of them. */
const MINUTE_CHUNKS = 4;
/** Chunks kept open for more records: requests end in another order than they arrive in. */
const MAX_OPEN = 16;

/** A chunk that still takes records. */
export class OpenChunk implements Interner {
  /** First part of its key: no record in it is later. */
  readonly lastMs: number;
  readonly writer: string;
  readonly n: number;
  readonly #base: number;
  #bytes = 0;
  #count = 0;
  #stored = 0;
  #stores = 0;
  #strings: string[] = [""];
  #index = new Map<string, number>();
  /** Numbers of operators' strings. */
  #operators = new Map<number, number>();
  #rows = new Uint16Array(16 * COLUMNS);
  /** Whole addresses, by the numbers of the strings that stand for them. */
  #exact = new Map<number, string>();
  /** Of a chunk that is longer than a minute, each row's. */
  #minutes: Uint8Array | null;

  /**
   * A chunk for records from `base` to `lastMs`, both included, in milliseconds since the epoch: a
   * minute or less, or an hour, whose records are to be added in the order of their minutes.
   */
  constructor(base: number, lastMs: number, writer: string, n: number) {
    this.#base = base;
    this.lastMs = lastMs;
    this.writer = writer;
    this.n = n;
    this.#minutes = lastMs - base < MINUTE ? null : new Uint8Array(16);
  }

  /** Whether it is of a whole hour. */
  get isHour(): boolean {
    return this.#minutes !== null;
  }

  /** Whether it takes the records of a whole minute. */
  get spansMinute(): boolean {
    return this.lastMs - this.#base === MINUTE - 1;
  }

  /** How many records it holds. */
  get count(): number {
    return this.#count;
  }

  /** About how many bytes its value takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many records the store does not have yet. */
  get unstored(): number {
    return this.#count - this.#stored;
  }

  /** It has been stored as it is. */
  markStored(): void {
    this.#stored = this.#count;
    this.#stores++;
  }

  /** A record's strings are cut before they come here, so one always fits an empty chunk. */
  get isFull(): boolean {
    return this.#count >= MAX_ROWS ||
      this.#bytes > MAX_BYTES - MAX_RECORD_BYTES;
  }

  /** Whether it takes no more records. */
  get isOver(): boolean {
    return this.isFull || this.#stores >= MAX_STORES;
  }

  /** Whether a record of this time belongs into it and has room. */
  takes(timestamp: number): boolean {
    return timestamp >= this.#base && timestamp <= this.lastMs && !this.isOver;
  }

  /** Takes a record; `exact` is the whole address where the record has a form of it. */
  add(record: RequestRecord, exact?: string): void {
    const row = this.#count++;
    const at = row * COLUMNS;
    if (at === this.#rows.length) {
      const wider = new Uint16Array(2 * at);
      wider.set(this.#rows);
      this.#rows = wider;
      if (this.#minutes) {
        const longer = new Uint8Array(2 * row);
        longer.set(this.#minutes);
        this.#minutes = longer;
      }
    }
    writeRow(this.#rows, at, record, this.#base, this);
    if (this.#minutes) {
      this.#minutes[row] = Math.floor((record.timestamp - this.#base) / MINUTE);
    }
    const address = this.#rows[at + AT.ip_address]!;
    if (exact !== undefined && !this.#exact.has(address)) {
      this.#exact.set(address, exact);
      this.#bytes += exact.length + 8;
    }
    this.#bytes += COLUMNS * 2;
  }

  /** For `writeRow`. */
  internOperator(asn: number, operator: string | null): number {
    let index = this.#operators.get(asn);
    if (index === undefined) {
      index = this.intern(operatorText(asn, operator));
      this.#operators.set(asn, index);
    }
    return index;
  }

  /** For `writeRow`. */
  intern(text: string | null): number {
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
  ): LogChunk {
    const sealed = seal && this.#exact.size > 0
      ? { sealed: seal(sealedText(this.#exact)) }
      : {};
    const minutes = this.#minutes?.slice(0, this.#count);
    return {
      v: chunkVersion(minutes !== undefined),
      base: this.#base,
      expires_at: expiresAt,
      written_at: writtenAt,
      strings: this.#strings,
      // A view of a wider buffer would be stored with all of that buffer.
      rows: this.#rows.slice(0, this.#count * COLUMNS),
      ...minutes && { minutes },
      ...sealed,
    };
  }
}

// deno-lint-ignore no-control-regex
const TWO_BYTE = /[^\x00-\xff]/;

/**
 * Sorts one writer's records into chunks. A quiet site's chunk takes the records of a whole minute
 * and is stored again as it grows, but not too often; after four full ones in a minute, a chunk takes
 * those of one second, so that a reader of the latest records finds them in few chunks.
 */
export class ChunkPacker {
  readonly #writer: string;
  /** By the time of the last record that fits; the least recently used first. */
  #open = new Map<number, OpenChunk>();
  /** How many chunks of whole minutes became full, the minute that was first to have one first. */
  #filled = new Map<number, number>();
  #sequence = 0;
  /** Nearly always the next record's, too. */
  #last: OpenChunk | undefined;

  constructor(writer: string = crypto.randomUUID().slice(0, 8)) {
    this.#writer = writer;
  }

  /** Puts a record into a chunk and answers with that; `exact` as with {@linkcode OpenChunk.add}. */
  add(record: RequestRecord, exact?: string): OpenChunk {
    const { timestamp } = record;
    if (!this.#last?.takes(timestamp)) this.#last = this.#chunkFor(timestamp);
    this.#last.add(record, exact);
    return this.#last;
  }

  #chunkFor(timestamp: number): OpenChunk {
    const minute = timestamp - mod(timestamp, MINUTE);
    const second = timestamp - mod(timestamp, SECOND);
    return this.#find(minute + MINUTE - 1, timestamp) ??
      this.#openMinute(minute) ??
      this.#find(second + SECOND - 1, timestamp) ??
      this.#openSpan(second, SECOND);
  }

  #find(lastMs: number, timestamp: number): OpenChunk | undefined {
    const chunk = this.#open.get(lastMs);
    // The last second ends with its minute, so this may be either's.
    if (chunk === undefined || chunk.takes(timestamp)) return chunk;
    if (chunk.isFull && chunk.spansMinute) {
      this.#filled.set(lastMs, (this.#filled.get(lastMs) ?? 0) + 1);
      if (this.#filled.size > MAX_OPEN) deleteFirst(this.#filled);
    }
    if (chunk.isOver) this.#open.delete(lastMs);
    return undefined;
  }

  #openMinute(minute: number): OpenChunk | undefined {
    const filled = this.#filled.get(minute + MINUTE - 1) ?? 0;
    return filled < MINUTE_CHUNKS ? this.#openSpan(minute, MINUTE) : undefined;
  }

  #openSpan(base: number, span: number): OpenChunk {
    const lastMs = base + span - 1;
    const chunk = new OpenChunk(base, lastMs, this.#writer, this.#sequence++);
    this.#open.set(lastMs, chunk);
    if (this.#open.size > MAX_OPEN) deleteFirst(this.#open);
    return chunk;
  }

  /** Puts nothing more into a chunk: what its key holds may not change any more. */
  close(chunk: OpenChunk): void {
    if (this.#last === chunk) this.#last = undefined;
    if (this.#open.get(chunk.lastMs) === chunk) {
      this.#open.delete(chunk.lastMs);
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
