import { COLUMNS, viewRows } from "./columns.ts";
import { type LogChunk, MAX_SPAN_MS } from "./log_chunk.ts";
import type { TimeRange } from "./request_query.ts";
import type { RequestRecord } from "./request_record.ts";
import { storedChunks } from "./stored_chunks.ts";

/** The records of a chunk in a stretch of time; each is good until the next one is asked for. */
export function* viewsOf(
  chunk: LogChunk,
  { from, to }: TimeRange,
): Generator<RequestRecord> {
  const view = viewRows(chunk);
  for (let at = 0; at < chunk.rows.length; at += COLUMNS) {
    view.at = at;
    const time = view.timestamp;
    if (time >= from && time < to) yield view;
  }
}

/** Chunks read at once: 60 KiB each in the store's memory and as much again in ours. */
const BATCH = 8;

/**
 * Every stored record of a stretch of time, chunk by chunk, for reading through once: a record is
 * good only until the next one is asked for. The next chunks are fetched while these are read.
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
    // Whoever stops reading early leaves it to itself.
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
