import { COLUMNS, type RowView, viewRows } from "./columns.ts";
import { type LogChunk, MAX_SPAN_MS } from "./log_chunk.ts";
import type { TimeRange } from "./request_query.ts";
import type { RequestRecord } from "./request_record.ts";
import { storedChunks } from "./stored_chunks.ts";

/**
 * The records of a chunk in a time range; each view is valid until the next one is requested. They
 * can be iterated more than once.
 */
export function viewsOf(
  chunk: LogChunk,
  range: TimeRange,
): Iterable<RequestRecord> {
  return { [Symbol.iterator]: () => new Views(chunk, range) };
}

/** A separate iterator: a generator is resumed for each of a million records. */
class Views implements Iterator<RequestRecord> {
  readonly #view: RowView;
  readonly #end: number;
  readonly #from: number;
  readonly #to: number;
  #at = 0;

  constructor(chunk: LogChunk, { from, to }: TimeRange) {
    this.#view = viewRows(chunk);
    this.#end = chunk.rows.length;
    this.#from = from;
    this.#to = to;
  }

  next(): IteratorResult<RequestRecord, undefined> {
    const view = this.#view;
    while (this.#at < this.#end) {
      view.at = this.#at;
      this.#at += COLUMNS;
      const time = view.timestamp;
      if (time >= this.#from && time < this.#to) {
        return { done: false, value: view };
      }
    }
    return { done: true, value: undefined };
  }
}

/** Chunks read at once: 60 KiB each in the store's memory and as much again in this process. */
const BATCH = 4;

/**
 * Every stored record of a time range, chunk by chunk, for a single pass: a record is valid only
 * until the next one is requested. The next chunks are fetched while these are read.
 *
 * @param shown What each chunk is read as.
 */
export async function* scanViews(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  shown: (chunk: LogChunk) => LogChunk = (chunk) => chunk,
): AsyncGenerator<Iterable<RequestRecord>> {
  const end = Math.ceil(range.to / MAX_SPAN_MS) * MAX_SPAN_MS;
  const chunks = storedChunks(kv, range.from, end, now, {
    batchSize: BATCH,
    wholeHours: true,
  });
  const fetchBatch = async () => {
    const batch: LogChunk[] = [];
    while (batch.length < BATCH) {
      const { value, done } = await chunks.next();
      if (done) break;
      batch.push(value.chunk);
    }
    return batch;
  };
  let batch = await fetchBatch();
  while (batch.length > 0) {
    const following = fetchBatch();
    // If the consumer stops early, the pending read is ignored.
    following.catch(() => {});
    try {
      for (const chunk of batch) {
        if (chunk.expires_at > now()) yield viewsOf(shown(chunk), range);
      }
    } finally {
      await following.catch(() => {});
    }
    batch = await following;
  }
}
