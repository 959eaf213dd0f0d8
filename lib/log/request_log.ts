import { messageOf } from "../base/error_words.ts";
import { deadline, delay } from "../base/delay.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { keys } from "../store/keys.ts";
import { ChunkPacker, type OpenChunk } from "./chunk_packer.ts";
import { MAX_SPAN_MS } from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";

/** Options of a {@linkcode RequestLog}. */
export interface RequestLogOptions {
  kv: Deno.Kv;
  now: () => number;
  /** How long a record is kept, in milliseconds. */
  retentionMs: number;
  /**
   * Called with every batch of records before it is stored, e.g. to add places. May return the
   * whole addresses of stored forms that it put into the records.
   */
  complete?: (
    records: readonly RequestRecord[],
  ) => ReadonlyMap<string, string> | void;
  /** How whole addresses are stored next to their forms. */
  addresses?: Pick<AddressStorage, "ready" | "seal">;
  /** Called when a write fails, once per outage. */
  onError?: (error: unknown) => void;
}

/** Status of the log for the health page. */
export interface RequestLogStatus {
  /** Records in memory that are not stored yet. */
  waiting: number;
  /** Records dropped because the store did not accept them. */
  dropped: number;
  /** Records stored since start. */
  written: number;
  /** Age of the oldest record of the last write when it was stored, in milliseconds. */
  lagMs: number;
  /** Why the last write failed, or null if it succeeded. */
  lastError: string | null;
}

/** A write starts this long after the first waiting record. */
const FLUSH_AFTER_MS = 50;
/** Records packed at once, which takes a third of a millisecond. */
const BATCH = 2_000;
/**
 * With this many records, a write starts at once; not at every batch, because a chunk that is not
 * full is written twice.
 */
const FULL = 3 * BATCH;
/** Limits the memory used while the store is down; dropped records are counted. */
const MAX_WAITING = 200_000;
/** While space is short, one blocked request in this many is kept. */
const BLOCKED_SAMPLE = 16;
/** 60 KiB per chunk; an atomic operation takes 800 KiB. */
const BLOCKS_PER_COMMIT = 10;
const COMMIT_DEADLINE_MS = 5_000;
const MAX_RETRY_MS = 1_000;

/**
 * The writer of the request log: takes records synchronously, after the response, and stores them
 * in chunks at most 100 ms later. One per process.
 *
 * A chunk that may still grow is stored again under its key. If a commit's outcome is unknown, its
 * chunks no longer grow: whenever the store executes that commit, and however often, it writes the
 * same.
 */
export class RequestLog {
  readonly #options: RequestLogOptions;
  readonly #packer = new ChunkPacker();
  #waiting: RequestRecord[] = [];
  /** Chunks with records that are not stored yet. */
  readonly #unwritten = new Set<OpenChunk>();
  #unwrittenCount = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  /** Whether the next write became due while this one runs. */
  #isDue = false;
  #closed = false;
  #dropped = 0;
  /** Blocked requests since the log was half full. */
  #sampled = 0;
  #written = 0;
  #failures = 0;
  #lastError: string | null = null;
  #lagMs = 0;
  /** Time of the oldest record that is packed but not stored. */
  #oldest = Infinity;
  #listeners = new Set<(records: RequestRecord[]) => void>();

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  /** Takes a record; costs no more than a push. */
  append(record: RequestRecord): void {
    if (!this.#hasRoomFor(record)) {
      this.#dropped++;
      return;
    }
    const length = this.#waiting.push(record);
    if (length >= FULL && this.#failures === 0) {
      this.#run();
    } else {
      this.#timer ??= setTimeout(() => this.#run(), this.#delay());
    }
  }

  /** Blocked requests must not displace others: when half full, they are sampled. */
  #hasRoomFor({ outcome }: RequestRecord): boolean {
    const held = this.#waiting.length + this.#unwrittenCount;
    if (held < MAX_WAITING / 2) return true;
    if (outcome !== "blocked") return held < MAX_WAITING;
    return held < MAX_WAITING && this.#sampled++ % BLOCKED_SAMPLE === 0;
  }

  #delay(): number {
    return this.#failures === 0
      ? FLUSH_AFTER_MS
      : Math.min(FLUSH_AFTER_MS * 2 ** this.#failures, MAX_RETRY_MS);
  }

  #run(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = this.#running !== undefined;
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
      const idle = this.#waiting.length + this.#unwrittenCount === 0;
      if (idle || this.#closed) return;
      // Records that became due during the write have waited long enough.
      if (this.#isDue && this.#failures === 0) this.#run();
      else this.#timer ??= setTimeout(() => this.#run(), this.#delay());
    });
  }

  async #writeAll(): Promise<void> {
    try {
      const ready = this.#options.addresses?.ready();
      if (ready) await deadline(ready, COMMIT_DEADLINE_MS);
    } catch (error) {
      // No record is stored before its address form is known.
      return this.#fail(error);
    }
    await this.#packCommit();
    while (this.#unwritten.size > 0) {
      const batch = [...this.#unwritten.values().take(BLOCKS_PER_COMMIT)];
      try {
        await deadline(this.#commit(batch), COMMIT_DEADLINE_MS);
      } catch (error) {
        for (const chunk of batch) this.#packer.close(chunk);
        return this.#fail(error);
      }
      for (const chunk of batch) {
        this.#unwritten.delete(chunk);
        this.#unwrittenCount -= chunk.unstored;
        this.#written += chunk.unstored;
        chunk.markStored();
      }
      this.#failures = 0;
      this.#lastError = null;
      if (this.#unwritten.size === 0) {
        this.#lagMs = Math.max(0, this.#options.now() - this.#oldest);
        this.#oldest = Infinity;
      }
      if (this.#waiting.length >= BATCH) await this.#packCommit();
    }
  }

  #fail(error: unknown): void {
    if (this.#failures++ === 0) this.#options.onError?.(error);
    this.#lastError = messageOf(error);
  }

  /** Packs enough records for a commit: under load, a commit takes longer than ten batches. */
  async #packCommit(): Promise<void> {
    this.#pack();
    while (
      this.#waiting.length >= BATCH && this.#unwritten.size < BLOCKS_PER_COMMIT
    ) {
      await delay(0);
      this.#pack();
    }
  }

  async #commit(batch: OpenChunk[]): Promise<void> {
    const { kv, now, retentionMs, addresses } = this.#options;
    const seal = addresses?.seal?.bind(addresses);
    const writtenAt = now();
    const expiresAt = writtenAt + retentionMs;
    const ttl = { expireIn: Math.max(1, retentionMs) };
    const commit = kv.atomic();
    const minutes = new Set<number>();
    for (const chunk of batch) {
      const key = keys.requestLog(chunk.lastMs, chunk.writer, chunk.n);
      commit.set(key, chunk.value(expiresAt, writtenAt, seal), ttl);
      minutes.add(Math.floor(chunk.lastMs / MAX_SPAN_MS) * MAX_SPAN_MS);
    }
    // In the commit of the chunk, so that no rollup can miss it.
    for (const minute of minutes) {
      commit.set(keys.rollupMark(minute), 1, ttl);
    }
    await commit.commit();
  }

  #pack(): void {
    if (this.#waiting.length === 0) return;
    // At most one batch at once, so as not to delay visitors.
    const records = this.#waiting.length <= BATCH
      ? this.#waiting
      : this.#waiting.splice(0, BATCH);
    if (records === this.#waiting) this.#waiting = [];
    const exact = this.#options.complete?.(records);
    // Requests end in a different order than they arrive.
    records.sort((a, b) => a.timestamp - b.timestamp);
    this.#oldest = Math.min(this.#oldest, records[0]!.timestamp);
    let last: OpenChunk | undefined;
    for (const record of records) {
      const chunk = this.#packer.add(record, exact?.get(record.ip_address));
      if (chunk !== last) this.#unwritten.add(last = chunk);
    }
    this.#unwrittenCount += records.length;
    for (const listener of this.#listeners) listener(records);
  }

  /**
   * Calls `listener` with every batch of records of this process; returns a function that
   * unsubscribes.
   */
  subscribe(listener: (records: RequestRecord[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything taken so far is stored, or one attempt failed. */
  async flush(): Promise<void> {
    do {
      this.#run();
      await this.#running;
    } while (
      this.#failures === 0 && this.#waiting.length + this.#unwrittenCount > 0
    );
  }

  /** Stores the waiting records, trying for at most `patienceMs`. */
  async close(patienceMs = 3_000): Promise<void> {
    const end = performance.now() + patienceMs;
    do {
      await this.flush();
    } while (
      this.#waiting.length + this.#unwrittenCount > 0 && performance.now() < end
    );
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Status for the health page. */
  status(): RequestLogStatus {
    return {
      waiting: this.#waiting.length + this.#unwrittenCount,
      dropped: this.#dropped,
      written: this.#written,
      lagMs: this.#lagMs,
      lastError: this.#lastError,
    };
  }
}
