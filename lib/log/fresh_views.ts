import { MINUTE } from "../base/duration.ts";
import { COLUMNS } from "./columns.ts";
import { MAX_SPAN_MS } from "./log_chunk.ts";
import type { TimeRange } from "./request_query.ts";
import type { RequestRecord } from "./request_record.ts";
import { viewsOf } from "./request_view.ts";
import { storedChunks } from "./stored_chunks.ts";

/**
 * A chunk's key has the time of its records; if it is written later than this after that time, as
 * after an outage of the store, it is not looked for again.
 */
const LATE_MS = 3 * MINUTE;

/** How much of each chunk of an hour was read; see {@linkcode freshViews}. */
export class SeenRows {
  /**
   * Records were removed since they were read, as by an erasure: the counts are no longer correct.
   */
  isStale = false;
  readonly #rows = new Map<string, number>();
  #readAt: number | null = null;

  /** Start of the range in which chunks may have grown; `isWhole`: the start of the whole range. */
  startOf(range: TimeRange, now: number, isWhole: boolean): number {
    const start = this.#readAt === null || isWhole
      ? range.from
      : Math.max(range.from, this.#readAt - LATE_MS);
    this.#readAt = now;
    return start;
  }

  /** How many of a chunk's rows were read before. */
  take(id: string, rows: number): number {
    const before = this.#rows.get(id) ?? 0;
    if (rows < before) this.isStale = true;
    this.#rows.set(id, rows);
    return before;
  }

  /** Compares with the ids of all existing chunks, to notice if one that was read is gone. */
  compare(ids: ReadonlySet<string>): void {
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.isStale = true;
  }
}

/**
 * The stored records of a time range that were not yielded before: chunks only grow at their end.
 * Each view is valid until the next one is requested.
 *
 * @param isWhole Reads every chunk, to find late or removed records; otherwise only the last ones.
 */
export async function* freshViews(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  seen: SeenRows,
  isWhole = false,
): AsyncGenerator<Iterable<RequestRecord>> {
  const end = Math.ceil(range.to / MAX_SPAN_MS) * MAX_SPAN_MS;
  const start = seen.startOf(range, now(), isWhole);
  const ids = new Set<string>();
  for await (
    const { lastMs, writer, n, chunk } of storedChunks(kv, start, end, now)
  ) {
    const id = `${lastMs} ${writer} ${n}`;
    ids.add(id);
    const rows = chunk.rows.length / COLUMNS;
    const before = seen.take(id, rows);
    if (before >= rows) continue;
    const fresh = before === 0
      ? chunk
      : { ...chunk, rows: chunk.rows.subarray(before * COLUMNS) };
    yield viewsOf(fresh, range);
  }
  if (isWhole) seen.compare(ids);
}
