import { cursorOf } from "../base/cursor.ts";
import { stretchesOf } from "./rollup/whereabouts.ts";
import {
  type ChunkFilter,
  type LogChunk,
  matchingRows,
  MAX_SPAN_MS,
  recordAt,
  timestampAt,
} from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";
import { type StoredChunk, storedChunks } from "./stored_chunks.ts";
import { chunkId, recordId } from "./tail_position.ts";

/** A time range: includes `from`, excludes `to`; milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

/**
 * Every stored record of a time range, in chunks, oldest chunk first; inside and between chunks the
 * order is only roughly that of time.
 */
export async function* scanRequests(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  filter: ChunkFilter = {},
): AsyncGenerator<RequestRecord[]> {
  // A chunk's key holds the time of its last record, and its first is at most a span before.
  const end = range.to + MAX_SPAN_MS + 1;
  for await (const { chunk } of storedChunks(kv, range.from, end, now)) {
    const records: RequestRecord[] = [];
    for (const index of matchingRows(chunk, filter)) {
      const timestamp = timestampAt(chunk, index);
      if (timestamp >= range.from && timestamp < range.to) {
        records.push(recordAt(chunk, index));
      }
    }
    if (records.length > 0) yield records;
  }
}

/** A page of the request log, newest first. */
export interface RequestPage {
  items: RequestRecord[];
  /** The items' ids, in the same order; the live tail uses the same ids. */
  ids: string[];
  /** Start of the next page, or null at the end. */
  cursor: string | null;
}

/** Options of {@linkcode pageRequests}. */
export interface PageQuery {
  filter?: ChunkFilter;
  range?: Partial<TimeRange>;
  limit: number;
  cursor?: string | null;
}

/**
 * A position in the log's total order: time, then chunk, then row, all descending. A cursor is the
 * position of the last record shown; `top` is the last chunk that may still have records after it,
 * so that paging does not read from the start again.
 */
type Place = [
  timestamp: number,
  lastMs: number,
  writer: string,
  n: number,
  row: number,
];

const CURSOR = cursorOf(
  "number",
  "number",
  "text",
  "number",
  "number",
  "number",
);

type Candidate = { place: Place; chunk: LogChunk };

/**
 * One page of the request log, newest first. Paging by the cursor shows every record once, even if
 * records are written meanwhile.
 *
 * @throws {Refusal} if the cursor is not valid.
 */
export async function pageRequests(
  kv: Deno.Kv,
  query: PageQuery,
  now: () => number,
): Promise<RequestPage> {
  const filter = query.filter ?? {};
  const from = query.range?.from ?? 0;
  const to = query.range?.to ?? Number.MAX_SAFE_INTEGER - MAX_SPAN_MS - 1;
  const read = CURSOR.read(query.cursor);
  const after = read && { place: read.slice(0, 5) as Place, top: read[5] };
  const end = Math.min(after?.top ?? Infinity, to + MAX_SPAN_MS) + 1;

  const shown: Candidate[] = [];
  // Matching records that a later chunk might still precede; the next one to show is last.
  const pool: Candidate[] = [];
  const show = (isDue: (candidate: Candidate) => boolean) => {
    while (
      shown.length < query.limit && pool.length > 0 && isDue(pool.at(-1)!)
    ) {
      shown.push(pool.pop()!);
    }
  };

  let unread: number | undefined;
  const chunks = chunksBackwards(kv, { from, to: end }, now, filter);
  for await (const { lastMs, writer, n, chunk } of chunks) {
    show(({ place }) => place[0] > lastMs);
    if (shown.length === query.limit) {
      unread = lastMs;
      break;
    }
    let added = false;
    for (const row of matchingRows(chunk, filter)) {
      const timestamp = timestampAt(chunk, row);
      if (timestamp < from || timestamp >= to) continue;
      const place: Place = [timestamp, lastMs, writer, n, row];
      if (after && compare(place, after.place) >= 0) continue;
      pool.push({ place, chunk });
      added = true;
    }
    if (added) pool.sort((a, b) => compare(a.place, b.place));
  }
  if (unread === undefined) show(() => true);

  const items = shown.map(({ place, chunk }) => recordAt(chunk, place[4]));
  const ids = shown.map(({ place: [, lastMs, writer, n, row] }) =>
    recordId(chunkId({ lastMs, writer, n }), row)
  );
  const last = shown.at(-1);
  if (!last || (pool.length === 0 && unread === undefined)) {
    return { items, ids, cursor: null };
  }
  const top = pool.reduce(
    (top, { place }) => Math.max(top, place[1]),
    unread ?? 0,
  );
  return { items, ids, cursor: CURSOR.write([...last.place, top]) };
}

/** The chunks of a time range in which a filter may match, latest first. */
export async function* chunksBackwards(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  filter: ChunkFilter,
): AsyncGenerator<StoredChunk> {
  let batchSize = 8;
  for await (const { from, to } of stretchesOf(kv, range, filter)) {
    yield* storedChunks(kv, from, to, now, { reverse: true, batchSize });
    batchSize = 16;
  }
}

function compare(a: Place, b: Place): number {
  return a[0] - b[0] || a[1] - b[1] ||
    (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0) || a[3] - b[3] || a[4] - b[4];
}

/** The number of stored records from `range.from` up to, not including, `range.to`. */
export async function countRequests(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  filter: ChunkFilter = {},
): Promise<number> {
  let count = 0;
  for await (const records of scanRequests(kv, range, now, filter)) {
    count += records.length;
  }
  return count;
}
