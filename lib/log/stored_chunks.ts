import { keys } from "../store/keys.ts";
import type { RequestBlock } from "./log_chunk.ts";

/** A block and the parts of its key. */
export interface StoredBlock {
  /** No record of the block is later, and all are of the same minute (UTC). */
  lastMs: number;
  writer: string;
  n: number;
  block: RequestBlock;
}

/** How {@linkcode storedBlocks} reads. */
export interface BlockOptions {
  /** Latest first. @default {false} */
  reverse?: boolean;
  /** How many are held at once, at most 60 KiB each. @default {16} */
  batchSize?: number;
}

/**
 * The blocks whose `lastMs` is in `from` ≤ lastMs < `to`, but for those that have expired. From and
 * to whole minutes, these are all records of that time and no others.
 */
export async function* storedBlocks(
  kv: Deno.Kv,
  from: number,
  to: number,
  now: () => number,
  { reverse = false, batchSize = 16 }: BlockOptions = {},
): AsyncGenerator<StoredBlock> {
  if (from >= to) return;
  const entries = kv.list<RequestBlock>({
    start: keys.requestLogFrom(from),
    end: keys.requestLogFrom(to),
  }, { reverse, batchSize });
  for await (const { key, value: block } of entries) {
    if (block.expires_at <= now()) continue;
    const [, lastMs, writer, n] = key as [string, number, string, number];
    yield { lastMs, writer, n, block };
  }
}
