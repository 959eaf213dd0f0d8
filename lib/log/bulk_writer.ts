import { Behind } from "../base/behind.ts";
import { HOUR } from "../base/duration.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { HOUR_WRITER, keys } from "../store/keys.ts";
import { ChunkPacker, OpenChunk } from "./chunk_packer.ts";
import { MAX_SPAN_MS } from "./log_chunk.ts";
import { MARKED, MARKED_QUIET } from "./rollup/marks.ts";
import type { RequestRecord } from "./request_record.ts";

/** Options of a {@linkcode BulkWriter}, like those of RequestLog. */
export interface BulkWriterOptions {
  kv: Deno.Kv;
  now: () => number;
  retentionMs: number;
  complete?: (
    records: readonly RequestRecord[],
  ) => ReadonlyMap<string, string> | void;
  addresses?: Pick<AddressStorage, "ready" | "seal">;
}

/**
 * An atomic operation takes 800 KiB and 1,000 mutations; the rest is for the caller's mutations.
 */
const COMMIT_BYTES = 560 * 1024;
const COMMIT_CHUNKS = 400;
/**
 * A past hour with at most this many records in a batch is stored as one chunk: a chunk for each
 * minute with a few records costs ten times as much to write and to read.
 */
const QUIET = 2_000;

/**
 * Writes many records of any times at once: a commit holds as many hours as fit. The same name
 * always gives the same keys, so a batch whose outcome is unknown is simply written again.
 */
export class BulkWriter {
  /** How many records are stored. */
  stored = 0;
  readonly #options: BulkWriterOptions;
  /** The running commits; the next batch is prepared meanwhile. */
  readonly #commits = new Behind();

  constructor(options: BulkWriterOptions) {
    this.#options = options;
  }

  /**
   * Stores records, which it may sort and change; resolves when the previous batch is stored.
   *
   * @param name Short and unique for each batch.
   * @param beside Adds to the last of the commits: when that is stored, all are.
   */
  async write(
    records: RequestRecord[],
    name: string,
    beside?: (commit: Deno.AtomicOperation) => void,
  ): Promise<void> {
    await this.#options.addresses?.ready();
    const commits = this.#pack(records, name);
    await this.#commits.run(() => this.#store(commits, beside));
  }

  /** Resolves when everything is stored; throws if that failed. */
  flush(): Promise<void> {
    return this.#commits.end();
  }

  #pack(records: RequestRecord[], name: string): OpenChunk[][] {
    const exact = this.#options.complete?.(records);
    if (!isSorted(records)) records.sort((a, b) => a.timestamp - b.timestamp);
    const packer = new ChunkPacker(name);
    const chunks: OpenChunk[] = [];
    const over = this.#options.now() - HOUR;
    for (let from = 0, to; from < records.length; from = to) {
      const end = floorHour(records[from]!.timestamp) + HOUR;
      to = from + 1;
      while (to < records.length && records[to]!.timestamp < end) to++;
      const isQuiet = to - from <= QUIET && end <= over;
      let chunk: OpenChunk | undefined;
      for (let i = from; i < to; i++) {
        const record = records[i]!;
        const address = exact?.get(record.ip_address);
        if (!isQuiet) chunk = packer.add(record, address);
        else {
          if (chunk === undefined || chunk.isFull) {
            const writer = `${HOUR_WRITER}${name}`;
            chunk = new OpenChunk(end - HOUR, end - 1, writer, chunks.length);
          }
          chunk.add(record, address);
        }
        if (chunk.count === 1) chunks.push(chunk);
      }
    }
    const commits: OpenChunk[][] = [];
    let bytes = Infinity;
    for (const chunk of chunks) {
      const full = bytes + chunk.bytes > COMMIT_BYTES ||
        commits.at(-1)!.length >= COMMIT_CHUNKS;
      if (full) {
        commits.push([]);
        bytes = 0;
      }
      commits.at(-1)!.push(chunk);
      bytes += chunk.bytes + 256;
    }
    return commits;
  }

  async #store(
    commits: OpenChunk[][],
    beside?: (commit: Deno.AtomicOperation) => void,
  ): Promise<void> {
    const { kv, now, retentionMs, addresses } = this.#options;
    const seal = addresses?.seal?.bind(addresses);
    const writtenAt = now();
    const expiresAt = writtenAt + retentionMs;
    const ttl = { expireIn: Math.max(1, retentionMs) };
    if (commits.length === 0) commits.push([]);
    for (const [index, chunks] of commits.entries()) {
      const commit = kv.atomic();
      const marks = new Map<number, number>();
      for (const chunk of chunks) {
        const key = keys.requestLog(chunk.lastMs, chunk.writer, chunk.n);
        commit.set(key, chunk.value(expiresAt, writtenAt, seal), ttl);
        // The first minute marks its hour, once that is over: it is counted as a whole.
        const step = chunk.lastMs < writtenAt - HOUR ? HOUR : MAX_SPAN_MS;
        const mark = Math.floor(chunk.lastMs / step) * step;
        marks.set(mark, chunk.isHour ? MARKED_QUIET : MARKED);
      }
      // In the commit of the chunks, so that no rollup can miss them.
      for (const [minute, value] of marks) {
        commit.set(keys.rollupMark(minute), value, ttl);
      }
      if (index === commits.length - 1) beside?.(commit);
      await commit.commit();
    }
    for (const chunks of commits) {
      for (const { count } of chunks) this.stored += count;
    }
  }
}

function floorHour(ms: number): number {
  return Math.floor(ms / HOUR) * HOUR;
}

function isSorted(records: readonly RequestRecord[]): boolean {
  for (let i = 1; i < records.length; i++) {
    if (records[i]!.timestamp < records[i - 1]!.timestamp) return false;
  }
  return true;
}
