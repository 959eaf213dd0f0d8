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

/** A value may hold 65,536 bytes; the rest is for the overhead of rows and strings. */
const MAX_BYTES = 60 * 1024;
/** Maximum size of one record's strings. */
const MAX_RECORD_BYTES = 6_000;
const MAX_ROWS = 1_500;
/**
 * Storing a chunk again rewrites all of it. At ten requests a second every record is a commit, and
 * chunks of 60 KiB would write each record two hundred times.
 */
const MAX_STORES = 32;

/**
 * Maximum number of full chunks that span a whole minute; a reader of the latest records reads all
 * of them.
 */
const MINUTE_CHUNKS = 4;
/** Chunks kept open for more records: requests end in a different order than they arrive. */
const MAX_OPEN = 16;

/** A chunk to which records can be added. */
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
  /** String numbers of operators. */
  #operators = new Map<number, number>();
  #rows = new Uint16Array(16 * COLUMNS);
  /** Whole addresses, by the numbers of the strings that replace them. */
  #exact = new Map<number, string>();
  /** The minute of each row, in a chunk longer than a minute. */
  #minutes: Uint8Array | null;

  /**
   * A chunk for records from `base` to `lastMs`, both included, in milliseconds since the epoch: a
   * minute or less, or an hour, whose records must be added in order of their minutes.
   */
  constructor(base: number, lastMs: number, writer: string, n: number) {
    this.#base = base;
    this.lastMs = lastMs;
    this.writer = writer;
    this.n = n;
    this.#minutes = lastMs - base < MINUTE ? null : new Uint8Array(16);
  }

  /** Whether it covers a whole hour. */
  get isHour(): boolean {
    return this.#minutes !== null;
  }

  /** Whether it covers a whole minute. */
  get spansMinute(): boolean {
    return this.lastMs - this.#base === MINUTE - 1;
  }

  /** Number of records. */
  get count(): number {
    return this.#count;
  }

  /** Approximate size of its value in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of records that are not stored yet. */
  get unstored(): number {
    return this.#count - this.#stored;
  }

  /** Marks its current contents as stored. */
  markStored(): void {
    this.#stored = this.#count;
    this.#stores++;
  }

  /** A record's strings are cut before, so one always fits an empty chunk. */
  get isFull(): boolean {
    return this.#count >= MAX_ROWS ||
      this.#bytes > MAX_BYTES - MAX_RECORD_BYTES;
  }

  /** Whether it accepts no more records. */
  get isOver(): boolean {
    return this.isFull || this.#stores >= MAX_STORES;
  }

  /** Whether it accepts a record of this time. */
  takes(timestamp: number): boolean {
    return timestamp >= this.#base && timestamp <= this.lastMs && !this.isOver;
  }

  /** Adds a record; `exact` is the whole address if the record has a form of it. */
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

  /** The value to store. */
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
      // A view of a larger buffer would be stored with all of that buffer.
      rows: this.#rows.slice(0, this.#count * COLUMNS),
      ...minutes && { minutes },
      ...sealed,
    };
  }
}

// deno-lint-ignore no-control-regex
const TWO_BYTE = /[^\x00-\xff]/;

/**
 * Sorts one writer's records into chunks. On a quiet site, a chunk takes the records of a whole
 * minute and is stored again as it grows, but not too often; after four full chunks in a minute, a
 * chunk takes those of one second, so that a reader of the latest records finds them in few chunks.
 */
export class ChunkPacker {
  readonly #writer: string;
  /** By the time of the last record that fits; least recently used first. */
  #open = new Map<number, OpenChunk>();
  /** Number of full whole-minute chunks, by minute, in order of the first one. */
  #filled = new Map<number, number>();
  #sequence = 0;
  /** Nearly always the next record's chunk, too. */
  #last: OpenChunk | undefined;

  constructor(writer: string = crypto.randomUUID().slice(0, 8)) {
    this.#writer = writer;
  }

  /** Adds a record to a chunk and returns the chunk; `exact` as with {@linkcode OpenChunk.add}. */
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
    // The last second ends with its minute, so this may be the chunk of either.
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

  /** Adds nothing more to a chunk: the value of its key must not change any more. */
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
