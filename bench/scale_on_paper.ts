/**
 * The calculated size of a day's requests in the log; `tests/bench/scale_test.ts` compares it with
 * the counts of a simulation.
 *
 * @module
 */

/**
 * The log collects records for 50 ms, so this is the maximum number of commits per day and process.
 */
const MAX_COMMITS = 24 * 3_600 * 20;
/** Number of times a chunk is written before the next one is started. */
const STORES = 32;
const CHUNK_BYTES = 54 * 1_024;
const CHUNK_ROWS = 1_500;
/** Number of full chunks per minute; later records go into chunks of a second. */
const FULL_A_MINUTE = 4;
const SECOND_COMMITS = 20;
/** Size of a record's row. */
const ROW_BYTES = 46;
/** Size of a record's texts, if they are new in the chunk; scaled for repetitions. */
const TEXT_BYTES = 175;
/** Two keys, the mark for the rollups, and a chunk's overhead. */
const AROUND_BYTES = 190;

/** The usage of one process in a day. */
export interface Paper {
  commits: number;
  /** Keys and values, including rewrites of growing chunks. */
  bytesWritten: number;
  /** Size at the end. */
  bytesKept: number;
}

/** Size of a chunk with this many records: the more there are, the more texts repeat. */
function chunkBytes(records: number): number {
  return AROUND_BYTES + records * ROW_BYTES + TEXT_BYTES * records ** 0.86;
}

/** Number of records that fill a chunk. */
function fullChunk(): number {
  let records = 1;
  while (chunkBytes(records) < CHUNK_BYTES) records++;
  return Math.min(records, CHUNK_ROWS);
}

/** Calculates {@linkcode Paper} for one process, with requests spread evenly over the day. */
export function onPaper(requestsADay: number): Paper {
  if (requestsADay === 0) return { commits: 0, bytesWritten: 0, bytesKept: 0 };
  const commits = Math.min(requestsADay, MAX_COMMITS);
  const perCommit = requestsADay / commits;
  const perMinute = requestsADay / 1_440;
  const full = fullChunk();
  const isBusy = perCommit * STORES > full && perMinute > FULL_A_MINUTE * full;
  const span = isBusy
    ? perMinute / 60
    : Math.min(perMinute, perCommit * STORES);
  const records = Math.max(1, Math.min(span, full));
  // A commit has one growing chunk, and those that it fills.
  const growing = Math.min(
    records,
    perCommit * (isBusy ? SECOND_COMMITS : STORES),
  );
  let written = 0;
  const steps = Math.max(1, Math.round(growing / perCommit));
  for (let step = 1; step <= steps; step++) {
    written += chunkBytes(Math.min(records, perCommit * step)) / steps;
  }
  const chunksACommit = Math.max(1, perCommit / records);
  return {
    commits,
    bytesWritten: commits * chunksACommit * written,
    bytesKept: requestsADay / records * chunkBytes(records),
  };
}
