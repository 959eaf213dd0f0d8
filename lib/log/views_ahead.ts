import { HOUR } from "../base/duration.ts";
import type { LogChunk } from "./log_chunk.ts";
import { MAX_SPAN_MS } from "./log_chunk.ts";
import type { TimeRange } from "./request_query.ts";
import type { RequestRecord } from "./request_record.ts";
import { scanViews, viewsOf } from "./request_view.ts";
import { storedChunks } from "./stored_chunks.ts";

/** Maximum number of chunks held, at most 60 KiB each. */
const HELD = 64;
/** A busy hour is usually followed by busy ones; reading ahead would read those twice. */
const BUSY_MS = 6 * HOUR;

/**
 * Reads consecutive and possibly overlapping time ranges: many hours of a quiet log are read
 * together, as each read costs as much as evaluating its records.
 */
export class ViewsAhead {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #shown: (chunk: LogChunk) => LogChunk;
  #held: { lastMs: number; chunk: LogChunk }[] = [];
  /** Start and end of the range whose chunks are all held; no others are. */
  #from = 0;
  #until = 0;
  #busyUntil = 0;

  /** @param shown What each chunk is read as. */
  constructor(
    kv: Deno.Kv,
    now: () => number,
    shown: (chunk: LogChunk) => LogChunk = (chunk) => chunk,
  ) {
    this.#kv = kv;
    this.#now = now;
    this.#shown = shown;
  }

  /** Like {@linkcode scanViews}; writes to a range that was read ahead are not seen. */
  async *scan(range: TimeRange): AsyncGenerator<Iterable<RequestRecord>> {
    const end = Math.ceil(range.to / MAX_SPAN_MS) * MAX_SPAN_MS;
    if (end > this.#busyUntil) await this.#fill(range.from, end);
    if (range.from < this.#from || end > this.#until) {
      this.#held = [];
      this.#from = this.#until = 0;
      yield* scanViews(this.#kv, range, this.#now, this.#shown);
      return;
    }
    for (const { chunk } of this.#held) {
      if (chunk.base >= range.to) break;
      if (chunk.expires_at > this.#now()) yield viewsOf(chunk, range);
    }
  }

  async #fill(from: number, end: number): Promise<void> {
    if (from < this.#from || from > this.#until) {
      this.#held = [];
      this.#until = from;
    }
    const first = this.#held.findIndex(({ lastMs }) => lastMs >= from);
    this.#held.splice(0, first < 0 ? this.#held.length : first);
    this.#from = from;
    if (end <= this.#until) return;
    const chunks = storedChunks(
      this.#kv,
      this.#until,
      Number.MAX_SAFE_INTEGER,
      this.#now,
      { batchSize: HELD, wholeHours: true },
    );
    for await (const { lastMs, chunk } of chunks) {
      if (this.#held.length < HELD) {
        this.#held.push({ lastMs, chunk: this.#shown(chunk) });
        continue;
      }
      // Whole hours only: the last one may have more chunks.
      const hour = Math.floor(lastMs / HOUR) * HOUR;
      if (hour < end) {
        this.#busyUntil = end + BUSY_MS;
        return;
      }
      this.#until = hour;
      this.#held = this.#held.filter(({ lastMs }) => lastMs < hour);
      return;
    }
    this.#until = Infinity;
  }
}
