/**
 * What a day's requests make of the log, by arithmetic; `tests/bench/scale_test.ts` holds it to what is
 * counted in a simulation.
 *
 * @module
 */

/** The log gathers for 50 ms, so there are at most so many commits a day and process. */
const MAX_COMMITS = 24 * 3_600 * 20;
/** A chunk is written so often before the next one is begun. */
const STORES = 32;
const CHUNK_BYTES = 54 * 1_024;
const CHUNK_ROWS = 1_500;
/** So many full chunks a minute; what comes then goes into chunks of a second. */
const FULL_A_MINUTE = 4;
const SECOND_COMMITS = 20;
/** Of a record, what every one takes: its row. */
const ROW_BYTES = 46;
/** And what its texts take, where they are not in the chunk yet, or as often as they are. */
const TEXT_BYTES = 175;
/** Two keys, the mark for the rollups, and what surrounds a chunk. */
const AROUND_BYTES = 190;

/** What a day takes of one process. */
export interface Paper {
  commits: number;
  /** Keys and values, with what is written again as chunks grow. */
  bytesWritten: number;
  /** What is there in the end. */
  bytesKept: number;
}

/** The bytes of a chunk of so many records: the more there are, the more texts come again. */
function chunkBytes(records: number): number {
  return AROUND_BYTES + records * ROW_BYTES + TEXT_BYTES * records ** 0.86;
}

/** How many records fill a chunk. */
function fullChunk(): number {
  let records = 1;
  while (chunkBytes(records) < CHUNK_BYTES) records++;
  return Math.min(records, CHUNK_ROWS);
}

/** See {@linkcode Paper}; of one process, the requests spread evenly over the day. */
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
  // A commit has one chunk that grows, and those that it fills.
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
