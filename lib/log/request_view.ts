import {
  asnOf,
  durationOf,
  LAYOUT,
  type LogChunk,
  MAX_SPAN_MS,
  operatorOf,
} from "./log_chunk.ts";
import type { TimeRange } from "./request_query.ts";
import {
  type Outcome,
  OUTCOMES,
  type RequestRecord,
} from "./request_record.ts";
import { storedChunks } from "./stored_chunks.ts";

const {
  COLUMNS,
  TIME,
  IP,
  METHOD,
  PATH,
  STATUS,
  COUNTRY,
  CITY,
  USER_AGENT,
  REFERRER,
  USERNAME,
  OUTCOME,
  HOST,
  SIGNALS,
  RULE,
  OPERATOR,
  FLAGS,
} = LAYOUT;

/**
 * A stored record that reads its fields from its chunk when asked, so that a million of them cost a
 * million numbers and not a million objects. The same view moves from row to row.
 */
class RowView implements RequestRecord {
  at = 0;
  readonly base: number;
  readonly rows: Uint16Array;
  readonly strings: string[];
  readonly minutes: Uint8Array | undefined;

  constructor({ base, rows, strings, minutes }: LogChunk) {
    this.base = base;
    this.rows = rows;
    this.strings = strings;
    this.minutes = minutes;
  }

  text(column: number): string | null {
    const number = this.rows[this.at + column]!;
    return number === 0 ? null : this.strings[number] ?? null;
  }

  get timestamp(): number {
    const time = this.base + this.rows[this.at + TIME]!;
    if (this.minutes === undefined) return time;
    return time + this.minutes[this.at / COLUMNS]! * MAX_SPAN_MS;
  }
  get ip_address(): string {
    return this.text(IP) ?? "";
  }
  get method(): string {
    return this.text(METHOD) ?? "";
  }
  get path(): string {
    return this.text(PATH) ?? "";
  }
  get status(): number {
    return this.rows[this.at + STATUS]!;
  }
  get duration_ms(): number | null {
    return durationOf(this.rows, this.at);
  }
  get country_code(): string | null {
    return this.text(COUNTRY);
  }
  get city(): string | null {
    return this.text(CITY);
  }
  get user_agent(): string | null {
    return this.text(USER_AGENT);
  }
  get referrer(): string | null {
    return this.text(REFERRER);
  }
  get username(): string | null {
    return this.text(USERNAME);
  }
  get outcome(): Outcome {
    return OUTCOMES[this.rows[this.at + OUTCOME]!]!;
  }
  get host(): string | null {
    return this.text(HOST);
  }
  get signals(): number {
    return this.rows[this.at + SIGNALS]!;
  }
  get rule(): string | null {
    return this.text(RULE);
  }
  get asn(): number | null {
    return asnOf(this.text(OPERATOR));
  }
  get operator(): string | null {
    return operatorOf(this.text(OPERATOR));
  }
  get flags(): number {
    return this.rows[this.at + FLAGS]!;
  }
}

/** The records of a chunk in a stretch of time; each is good until the next one is asked for. */
export function* viewsOf(
  chunk: LogChunk,
  { from, to }: TimeRange,
): Generator<RequestRecord> {
  const view = new RowView(chunk);
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
