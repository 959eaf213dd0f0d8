import { reach } from "../store/errors.ts";
import {
  type ChunkFilter,
  chunkSize,
  type LogChunk,
  matchingRows,
  recordAt,
} from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";
import { storedChunks } from "./stored_chunks.ts";
import {
  chunkId,
  formatPosition,
  recordId,
  type TailPosition,
} from "./tail_position.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

/** A record and its unique id. */
export interface TailRecord {
  id: string;
  record: RequestRecord;
}

/** A batch for a follower: new records in order of time. */
export interface TailBatch {
  records: TailRecord[];
  /** Matching records that were skipped because there were too many to show. */
  skipped: number;
  /** The follower's position after these; null if more of the same follow. */
  position: string | null;
}

/** See {@linkcode RequestTail.follow}. */
export interface FollowOptions {
  filter: ChunkFilter;
  /** Start position; now by default. */
  after?: TailPosition | null;
  onBatch(batch: TailBatch): void;
  /** Called once at the end: `reset` if too many records were missed to catch up. */
  onEnd(why: "closed" | "failed" | "reset"): void;
}

/** Options of a {@linkcode RequestTail}. */
export interface RequestTailOptions {
  kv: Deno.Kv;
  now: () => number;
  /** How often the store is polled, in milliseconds. @default {250} */
  pollMs?: number;
  /** Maximum number of followers. @default {20} */
  capacity?: number;
}

/** The limit of followers of a process is reached. */
export class TailFullError extends Error {
  override name = "TailFullError";
}

/**
 * Chunks are still looked for if they are stored this much later than their records, in
 * milliseconds.
 */
const WINDOW_MS = MINUTE;
/** Most polls read only the latest chunks; one in this many reads the whole window. */
const QUICK_MS = 3_000;
const FULL_EVERY = 12;
/** Maximum number of records in a batch. */
const MAX_BATCH = 300;
/** Maximum number of missed records that are sent; with more, the page is reloaded. */
const MAX_BACKLOG = 3_000;
const MAX_ABSENCE_MS = HOUR;

/** From the arrival of the first follower to the departure of the last one. */
interface Run {
  ready: Promise<void>;
  timer?: ReturnType<typeof setTimeout>;
}

interface Follower extends FollowOptions {
  /** Batches that wait until the backlog was sent; null afterwards. */
  waiting: TailBatch[] | null;
  /** False until the follower's start position is set. */
  hasBegun: boolean;
}

/**
 * Follows the request log of every process on the same KV. The store is polled once for all
 * followers, and not at all without any.
 *
 * Each record is sent to each follower once, also to one that reconnects with its last position, to
 * this process or another.
 */
export class RequestTail {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #pollMs: number;
  readonly #capacity: number;
  readonly #followers = new Set<Follower>();
  /** Number of records seen of each chunk in the window. */
  #seen = new Map<string, number>();
  /** Chunks before this are finished. Never decreases, even if the clock does. */
  #floor = -Infinity;
  #position: string | undefined;
  /** Set while there are followers. */
  #run: Run | undefined;
  #looks = 0;
  #closed = false;

  constructor({ kv, now, pollMs = 250, capacity = 20 }: RequestTailOptions) {
    this.#kv = kv;
    this.#now = now;
    this.#pollMs = pollMs;
    this.#capacity = capacity;
  }

  /** Number of followers. */
  get size(): number {
    return this.#followers.size;
  }

  /** The position of a follower that has received everything so far. */
  get position(): string {
    return this.#position ??= formatPosition({
      from: this.#floor,
      counts: this.#seen,
    });
  }

  /**
   * Start position of a follower who has seen all records stored so far. Records stored during this
   * read may be sent to that follower again: a caller who also reads the log compares ids.
   *
   * @throws {StoreDownError}
   */
  async now(): Promise<TailPosition> {
    const from = this.#now() - WINDOW_MS;
    const counts = new Map<string, number>();
    for await (const { id, chunk } of this.#chunks(from)) {
      counts.set(id, chunkSize(chunk));
    }
    return { from, counts };
  }

  /**
   * Calls back with every batch of matching records, until the returned function is called, or
   * `onEnd` is.
   *
   * @throws {TailFullError} if there are too many followers already.
   * @throws {StoreDownError}
   */
  async follow(options: FollowOptions): Promise<() => void> {
    if (this.#closed || this.#followers.size >= this.#capacity) {
      throw new TailFullError(
        `Cannot open another live view: ${this.#followers.size} already do`,
      );
    }
    const follower: Follower = { ...options, waiting: [], hasBegun: false };
    // Before any await, so that the limit holds.
    this.#followers.add(follower);
    try {
      await (this.#run ??= this.#start()).ready;
      follower.hasBegun = true;
      if (options.after) await this.#catchUp(follower, options.after);
    } catch (error) {
      this.#leave(follower);
      throw error;
    }
    const waiting = follower.waiting ?? [];
    follower.waiting = null;
    for (const batch of waiting) follower.onBatch(batch);
    return () => this.#leave(follower);
  }

  /** Ends all followers; no new ones are accepted. */
  close(): void {
    this.#closed = true;
    this.#endAll("closed");
  }

  #endAll(why: "closed" | "failed"): void {
    for (const follower of [...this.#followers]) {
      this.#leave(follower);
      follower.onEnd(why);
    }
  }

  #leave(follower: Follower): void {
    if (!this.#followers.delete(follower) || this.#followers.size > 0) return;
    clearTimeout(this.#run?.timer);
    this.#run = undefined;
  }

  #start(): Run {
    const run: Run = {
      ready: this.now().then(({ from, counts }) => {
        if (this.#run !== run) return;
        this.#floor = Math.max(this.#floor, from);
        this.#seen = new Map(counts);
        this.#position = undefined;
        this.#schedule(run);
      }),
    };
    return run;
  }

  #schedule(run: Run): void {
    run.timer = setTimeout(async () => {
      try {
        await this.#look(run);
      } catch {
        // Followers reconnect, and get the error then.
        if (this.#run === run) this.#endAll("failed");
      }
      if (this.#run === run) this.#schedule(run);
    }, this.#pollMs);
  }

  async #look(run: Run): Promise<void> {
    const now = this.#now();
    const isFull = this.#looks++ % FULL_EVERY === 0;
    const floor = Math.max(this.#floor, now - WINDOW_MS);
    const from = isFull ? floor : Math.max(floor, now - QUICK_MS);
    const grown: { id: string; chunk: LogChunk; start: number }[] = [];
    for await (const { id, chunk } of this.#chunks(from)) {
      const start = this.#seen.get(id) ?? 0;
      if (chunkSize(chunk) > start) grown.push({ id, chunk, start });
    }
    // All followers may have left in the meantime, and new ones may have arrived.
    if (this.#run !== run) return;
    this.#floor = floor;
    for (const { id, chunk } of grown) this.#seen.set(id, chunkSize(chunk));
    for (const id of this.#seen.keys()) {
      if (lastMsOf(id) < floor) this.#seen.delete(id);
    }
    if (grown.length === 0) return;
    this.#position = undefined;
    for (const follower of this.#followers) {
      if (!follower.hasBegun) continue;
      const found = grown.flatMap(({ id, chunk, start }) =>
        matching(id, chunk, follower.filter, start, Infinity)
      );
      if (found.length === 0) continue;
      const records = inOrder(found).slice(-MAX_BATCH);
      const skipped = found.length - records.length;
      const batch = { records, skipped, position: this.position };
      if (follower.waiting) follower.waiting.push(batch);
      else follower.onBatch(batch);
    }
  }

  /** Sends a follower the records since its position, up to the last poll. */
  async #catchUp(follower: Follower, after: TailPosition): Promise<void> {
    // All three are from the same moment: later records are sent by the polls.
    const seen = new Map(this.#seen);
    const floor = this.#floor;
    const position = this.position;
    const found: TailRecord[] = [];
    let isTooMuch = this.#now() - after.from > MAX_ABSENCE_MS;
    if (!isTooMuch) {
      for await (const { id, chunk, lastMs } of this.#chunks(after.from)) {
        const start = after.counts.get(id) ?? 0;
        const end = seen.get(id) ?? (lastMs < floor ? Infinity : 0);
        found.push(...matching(id, chunk, follower.filter, start, end));
        if (found.length > MAX_BACKLOG) break;
      }
      isTooMuch = found.length > MAX_BACKLOG;
    }
    if (isTooMuch) {
      this.#leave(follower);
      follower.waiting = null;
      follower.onEnd("reset");
      return;
    }
    const records = inOrder(found);
    for (let at = 0; at < records.length; at += MAX_BATCH) {
      const isLast = at + MAX_BATCH >= records.length;
      follower.onBatch({
        records: records.slice(at, at + MAX_BATCH),
        skipped: 0,
        position: isLast ? position : null,
      });
    }
  }

  async *#chunks(
    from: number,
  ): AsyncGenerator<{ id: string; chunk: LogChunk; lastMs: number }> {
    const chunks = storedChunks(
      this.#kv,
      from,
      Number.MAX_SAFE_INTEGER,
      this.#now,
    );
    while (true) {
      const { value, done } = await reach(() => chunks.next());
      if (done) return;
      yield { id: chunkId(value), chunk: value.chunk, lastMs: value.lastMs };
    }
  }
}

function lastMsOf(id: string): number {
  return parseInt(id.slice(0, id.indexOf(".")), 36);
}

function matching(
  id: string,
  chunk: LogChunk,
  filter: ChunkFilter,
  start: number,
  end: number,
): TailRecord[] {
  if (start >= end) return [];
  return matchingRows(chunk, filter)
    .filter((row) => row >= start && row < end)
    .map((row) => ({ id: recordId(id, row), record: recordAt(chunk, row) }));
}

/** Oldest first; records of a chunk with the same time keep their order. */
function inOrder(records: TailRecord[]): TailRecord[] {
  return records.sort((a, b) => a.record.timestamp - b.record.timestamp);
}
