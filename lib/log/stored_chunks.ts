import { keys } from "../store/keys.ts";
import { type LogChunk, readChunk } from "./log_chunk.ts";

/** A chunk and the parts of its key. */
export interface StoredChunk {
  /** No record of the chunk is later, and all are of the same minute (UTC). */
  lastMs: number;
  writer: string;
  n: number;
  chunk: LogChunk;
}

/** How {@linkcode storedChunks} reads. */
export interface ChunkOptions {
  /** Latest first. @default {false} */
  reverse?: boolean;
  /** How many are held at once, at most 60 KiB each. @default {16} */
  batchSize?: number;
}

/**
 * The chunks whose `lastMs` is in `from` ≤ lastMs < `to`, but for those that have expired. From and
 * to whole minutes, these are all records of that time and no others.
 */
export async function* storedChunks(
  kv: Deno.Kv,
  from: number,
  to: number,
  now: () => number,
  { reverse = false, batchSize = 16 }: ChunkOptions = {},
): AsyncGenerator<StoredChunk> {
  if (from >= to) return;
  const entries = kv.list<LogChunk>({
    start: keys.requestLogFrom(from),
    end: keys.requestLogFrom(to),
  }, { reverse, batchSize });
  for await (const { key, value } of entries) {
    if (value.expires_at <= now()) continue;
    const chunk = readChunk(value);
    if (chunk === null) continue;
    const [, lastMs, writer, n] = key as [string, number, string, number];
    yield { lastMs, writer, n, chunk };
  }
}
