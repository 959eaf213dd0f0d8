import { keys } from "../store/keys.ts";
import { LAYOUT, MAX_SPAN_MS, type RequestBlock } from "./log_chunk.ts";
import type { TimeRange } from "./request_query.ts";
import type { Outcome, RequestRecord } from "./request_record.ts";

const {
  COLUMNS,
  TIME,
  IP,
  METHOD,
  PATH,
  STATUS,
  DURATION_LOW,
  DURATION_HIGH,
  COUNTRY,
  CITY,
  USER_AGENT,
  REFERRER,
  USERNAME,
  OUTCOME,
  OUTCOMES,
} = LAYOUT;

/**
 * A stored record that reads its fields from its block when asked, so that a million of them cost a
 * million numbers and not a million objects. The same view moves from row to row.
 */
class RowView implements RequestRecord {
  at = 0;
  readonly base: number;
  readonly rows: Uint16Array;
  readonly strings: string[];

  constructor({ base, rows, strings }: RequestBlock) {
    this.base = base;
    this.rows = rows;
    this.strings = strings;
  }

  text(column: number): string | null {
    const number = this.rows[this.at + column]!;
    return number === 0 ? null : this.strings[number] ?? null;
  }

  get timestamp(): number {
    return this.base + this.rows[this.at + TIME]!;
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
  get duration_ms(): number {
    return (this.rows[this.at + DURATION_LOW]! +
      this.rows[this.at + DURATION_HIGH]! * 65_536) / 1_000;
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
    return OUTCOMES[this.rows[this.at + OUTCOME]!] ?? "allowed";
  }
}

/** The records of a block in a stretch of time; each is good until the next one is asked for. */
function* viewsOf(
  block: RequestBlock,
  { from, to }: TimeRange,
): Generator<RequestRecord> {
  const view = new RowView(block);
  for (let at = 0; at < block.rows.length; at += COLUMNS) {
    view.at = at;
    const time = view.timestamp;
    if (time >= from && time < to) yield view;
  }
}

/** Blocks read at once: 60 KiB each in the store's memory and as much again in ours. */
const BATCH = 8;

/**
 * Every stored record of a stretch of time, block by block, for reading through once: a record is
 * good only until the next one is asked for. The next blocks are fetched while these are read.
 *
 * @param shown What each block is read as.
 */
export async function* scanViews(
  kv: Deno.Kv,
  range: TimeRange,
  now: () => number,
  shown: (block: RequestBlock) => RequestBlock = (block) => block,
): AsyncGenerator<Iterable<RequestRecord>> {
  const entries = kv.list<RequestBlock>({
    start: keys.requestLogFrom(range.from),
    end: keys.requestLogFrom(range.to + MAX_SPAN_MS + 1),
  }, { batchSize: BATCH });
  const fetchBatch = async () => {
    const batch: RequestBlock[] = [];
    while (batch.length < BATCH) {
      const { value, done } = await entries.next();
      if (done) break;
      batch.push(value.value);
    }
    return batch;
  };
  let batch = await fetchBatch();
  while (batch.length > 0) {
    const following = fetchBatch();
    // Whoever stops reading early leaves it to itself.
    following.catch(() => {});
    try {
      for (const block of batch) {
        if (block.expires_at > now()) yield viewsOf(shown(block), range);
      }
    } finally {
      await following.catch(() => {});
    }
    batch = await following;
  }
}
