import { deadline } from "../delay.ts";
import { keys } from "../store/keys.ts";
import { blockSize, packBlocks, type RequestBlock } from "./request_block.ts";
import type { RequestRecord } from "./request_record.ts";

/** What a {@linkcode RequestLog} needs. */
export interface RequestLogOptions {
  kv: Deno.Kv;
  now: () => number;
  /** How long a record is kept, in milliseconds. */
  retentionMs: number;
  /** Called once for every record before it is stored, e.g. to add its place. */
  complete?: (record: RequestRecord) => void;
  /**
   * How far from first to last record a block may reach, in milliseconds, at most 60,000.
   *
   * @default 1,000, which keeps readers of a busy log from reading ahead; imports of sparse logs
   * pass more.
   */
  spanMs?: number;
  /** Called when a write fails, once per outage. */
  onError?: (error: unknown) => void;
}

/** What the health page shows of the log. */
export interface RequestLogStatus {
  /** Records in memory that are not stored yet. */
  waiting: number;
  /** Records given up because the store did not take them. */
  dropped: number;
  /** Records stored since start. */
  written: number;
  /** Why the last write failed, or null after one that did not. */
  lastError: string | null;
}

/** A write is due this long after the first record that waits for it. */
const FLUSH_AFTER_MS = 80;
/** A full batch does not wait for the clock. */
const BATCH = 400;
/** Beyond this a dead store would cost memory without end; what is dropped is counted. */
const MAX_WAITING = 200_000;
/** 60 KiB a block; an atomic takes 800 KiB. */
const BLOCKS_PER_COMMIT = 10;
const COMMIT_DEADLINE_MS = 5_000;
const MAX_RETRY_MS = 1_000;

type StoredBlock = { key: Deno.KvKey; block: RequestBlock; count: number };

/**
 * The writer of the request log: takes records synchronously, behind the response, and stores them
 * in blocks at most 100 ms later. One to a process.
 *
 * A block keeps its key while it is tried again, so that a commit that succeeded without telling us
 * is not stored twice.
 */
export class RequestLog {
  readonly #options: RequestLogOptions;
  readonly #writer = crypto.randomUUID().slice(0, 8);
  readonly #spanMs: number;
  #sequence = 0;
  #waiting: RequestRecord[] = [];
  #unwritten: StoredBlock[] = [];
  #unwrittenCount = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  /** Whether the next write became due while this one runs. */
  #isDue = false;
  #closed = false;
  #dropped = 0;
  #written = 0;
  #failures = 0;
  #lastError: string | null = null;
  #listeners = new Set<(records: RequestRecord[]) => void>();

  constructor(options: RequestLogOptions) {
    this.#options = options;
    this.#spanMs = options.spanMs ?? 1_000;
  }

  /** Takes a record; costs no more than a push. */
  append(record: RequestRecord): void {
    if (this.#waiting.length + this.#unwrittenCount >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    const length = this.#waiting.push(record);
    if (length >= BATCH && this.#failures === 0) {
      this.#run();
    } else {
      this.#timer ??= setTimeout(() => this.#run(), this.#delay());
    }
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
      // What became due during the write has waited long enough.
      if (this.#isDue && this.#failures === 0) this.#run();
      else this.#timer ??= setTimeout(() => this.#run(), this.#delay());
    });
  }

  async #writeAll(): Promise<void> {
    this.#pack();
    while (this.#unwritten.length > 0) {
      const batch = this.#unwritten.slice(0, BLOCKS_PER_COMMIT);
      try {
        await deadline(this.#commit(batch), COMMIT_DEADLINE_MS);
      } catch (error) {
        if (this.#failures++ === 0) this.#options.onError?.(error);
        this.#lastError = error instanceof Error
          ? error.message
          : String(error);
        return;
      }
      this.#unwritten.splice(0, batch.length);
      for (const { count } of batch) {
        this.#unwrittenCount -= count;
        this.#written += count;
      }
      this.#failures = 0;
      this.#lastError = null;
      if (this.#waiting.length >= BATCH) this.#pack();
    }
  }

  async #commit(batch: StoredBlock[]): Promise<void> {
    const { kv, now } = this.#options;
    const commit = kv.atomic();
    for (const { key, block } of batch) {
      commit.set(key, block, {
        expireIn: Math.max(1, block.expires_at - now()),
      });
    }
    await commit.commit();
  }

  #pack(): void {
    const records = this.#waiting;
    if (records.length === 0) return;
    this.#waiting = [];
    const complete = this.#options.complete;
    if (complete) { for (const record of records) complete(record); }
    // Requests end in another order than they arrive in.
    records.sort((a, b) => a.timestamp - b.timestamp);
    const expiresAt = this.#options.now() + this.#options.retentionMs;
    for (
      const { lastMs, block } of packBlocks(records, expiresAt, this.#spanMs)
    ) {
      const key = keys.requestLog(lastMs, this.#writer, this.#sequence++);
      const count = blockSize(block);
      this.#unwritten.push({ key, block, count });
    }
    this.#unwrittenCount += records.length;
    for (const listener of this.#listeners) listener(records);
  }

  /** Calls `listener` with every batch of records of this process; returns the end of it. */
  subscribe(listener: (records: RequestRecord[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything taken so far is stored, or one try failed. */
  async flush(): Promise<void> {
    do {
      this.#run();
      await this.#running;
    } while (
      this.#failures === 0 && this.#waiting.length + this.#unwrittenCount > 0
    );
  }

  /** Stores what waits, trying for at most `patienceMs`. */
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

  /** What the health page shows. */
  status(): RequestLogStatus {
    return {
      waiting: this.#waiting.length + this.#unwrittenCount,
      dropped: this.#dropped,
      written: this.#written,
      lastError: this.#lastError,
    };
  }
}
