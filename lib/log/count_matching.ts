import { type ChunkFilter, matchingRows, timestampAt } from "./log_chunk.ts";
import { chunksBackwards, type TimeRange } from "./request_query.ts";
import { MINUTE } from "../base/duration.ts";

/** The number of requests counted within the time limit. */
export interface Count {
  count: number;
  /** Whether all were counted; otherwise `count` is a lower bound. */
  isAll: boolean;
}

/** Counts the requests of a time range that match a filter, for at most `budgetMs`. */
export async function countMatching(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  filter: ChunkFilter,
  budgetMs: number,
): Promise<Count> {
  const end = performance.now() + budgetMs;
  // A chunk's key is the time of its last record, less than a minute after its first.
  const chunks = { from: range.from, to: range.to + MINUTE };
  let count = 0;
  for await (const { chunk } of chunksBackwards(kv, chunks, now, filter)) {
    if (performance.now() > end) return { count, isAll: false };
    for (const row of matchingRows(chunk, filter)) {
      const time = timestampAt(chunk, row);
      if (time >= range.from && time < range.to) count++;
    }
  }
  return { count, isAll: true };
}
