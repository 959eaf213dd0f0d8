import type { AddressStorage } from "../privacy/address_storage.ts";
import { keys } from "../store/keys.ts";
import { ChunkPacker, type OpenChunk } from "./chunk_packer.ts";
import { MAX_SPAN_MS } from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";

/** What a {@linkcode BulkWriter} needs; as a RequestLog. */
export interface BulkWriterOptions {
  kv: Deno.Kv;
  now: () => number;
  retentionMs: number;
  complete?: (
    records: readonly RequestRecord[],
  ) => ReadonlyMap<string, string> | void;
  addresses?: Pick<AddressStorage, "ready" | "seal">;
}

/** An atomic takes 800 KiB and 1,000 mutations; room is left for what the caller adds. */
const COMMIT_BYTES = 560 * 1024;
const COMMIT_CHUNKS = 400;
const HOUR = 3_600_000;

/**
 * Writes many records at once, of whatever times: a commit holds as many hours as fit. What is
 * written under a name is written under the same keys however often that is repeated, so a batch
 * whose end nobody saw is simply written again.
 */
export class BulkWriter {
  readonly #options: BulkWriterOptions;
  /** The commit that is under way; the next batch is made ready meanwhile. */
  #running: Promise<void> = Promise.resolve();
  #failed: unknown;

  constructor(options: BulkWriterOptions) {
    this.#options = options;
  }

  /**
   * Stores records, which it may sort and change; resolves when the batch before is stored.
   *
   * @param name Short; no other batch has it.
   * @param beside Adds to the last of the commits: with it, everything is stored.
   */
  async write(
    records: RequestRecord[],
    name: string,
    beside?: (commit: Deno.AtomicOperation) => void,
  ): Promise<void> {
    await this.#options.addresses?.ready();
    const commits = this.#pack(records, name);
    await this.flush();
    this.#running = this.#store(commits, beside).catch((error) => {
      this.#failed = error;
    });
  }

  /** Resolves when everything is stored; throws where it could not be. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#failed !== undefined) {
      const error = this.#failed;
      this.#failed = undefined;
      throw error;
    }
  }

  #pack(records: RequestRecord[], name: string): OpenChunk[][] {
    const exact = this.#options.complete?.(records);
    if (!isSorted(records)) records.sort((a, b) => a.timestamp - b.timestamp);
    const packer = new ChunkPacker(name);
    const chunks: OpenChunk[] = [];
    let last: OpenChunk | undefined;
    for (const record of records) {
      const chunk = packer.add(record, exact?.get(record.ip_address));
      if (chunk === last) continue;
      last = chunk;
      if (chunk.count === 1) chunks.push(chunk);
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
      const marks = new Set<number>();
      for (const chunk of chunks) {
        const key = keys.requestLog(chunk.lastMs, chunk.writer, chunk.n);
        commit.set(key, chunk.value(expiresAt, writtenAt, seal), ttl);
        // The first minute stands for its hour, once that is over: it is counted as a whole.
        const step = chunk.lastMs < writtenAt - HOUR ? HOUR : MAX_SPAN_MS;
        marks.add(Math.floor(chunk.lastMs / step) * step);
      }
      // Together with the chunks, so that no rollup can miss them.
      for (const mark of marks) commit.set(keys.rollupMark(mark), 1, ttl);
      if (index === commits.length - 1) beside?.(commit);
      await commit.commit();
    }
  }
}

function isSorted(records: readonly RequestRecord[]): boolean {
  for (let i = 1; i < records.length; i++) {
    if (records[i]!.timestamp < records[i - 1]!.timestamp) return false;
  }
  return true;
}
