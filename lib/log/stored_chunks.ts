import { HOUR, MINUTE } from "../base/duration.ts";
import { keys } from "../store/keys.ts";
import { type LogChunk, minutesOf, readChunk } from "./log_chunk.ts";

/** A chunk and its key. */
export interface StoredChunk {
  /** No record of the chunk is later, and all are of the same minute (UTC). */
  lastMs: number;
  writer: string;
  n: number;
  chunk: LogChunk;
  /** Key of the stored value, of which `chunk` may be a part. */
  key: Deno.KvKey;
}

/** Options of {@linkcode storedChunks}. */
export interface ChunkOptions {
  /** Latest first. @default {false} */
  reverse?: boolean;
  /** Maximum number of chunks held at once, at most 60 KiB each. @default {16} */
  batchSize?: number;
  /** Yields an hour stored in one chunk as a whole, not minute by minute. @default {false} */
  wholeHours?: boolean;
}

/**
 * The chunks with `from` ≤ `lastMs` < `to`, in order, except expired ones. If `from` and `to` are
 * whole minutes, these contain exactly the records of that time.
 *
 * A quiet hour of an imported log is one chunk, stored under its end; its minutes are merged with
 * those of other chunks.
 */
export async function* storedChunks(
  kv: Deno.Kv,
  from: number,
  to: number,
  now: () => number,
  { reverse = false, batchSize = 16, wholeHours = false }: ChunkOptions = {},
): AsyncGenerator<StoredChunk> {
  if (from >= to) return;
  const isInside = ({ lastMs }: StoredChunk) => lastMs >= from && lastMs < to;
  const read = (entry: Deno.KvEntry<LogChunk>): StoredChunk | null => {
    const { key, value } = entry;
    // Deno KV's iterator keeps entries linked to each other: their contents, all strings of a
    // chunk, would survive every collection of the young generation.
    (entry as { value: unknown }).value = null;
    if (value.expires_at <= now()) return null;
    const chunk = readChunk(value);
    if (chunk === null) return null;
    const [, lastMs, writer, n] = key as [string, number, string, number];
    return { lastMs, writer, n, chunk, key };
  };

  /** Chunks of the current hour that are stored under its end. */
  let whole: StoredChunk[] = [];
  let hour = -1;
  let isComplete = false;
  const lookUp = async (start: number) => {
    const lastMs = start + HOUR - 1;
    // An hour is only written as one chunk when it is over.
    if (lastMs >= now()) return;
    const entries = kv.list<LogChunk>({
      start: keys.requestLogHours(lastMs),
      end: keys.requestLogFrom(lastMs + 1),
    }, { batchSize });
    for await (const entry of entries) {
      const chunk = read(entry);
      if (chunk !== null) whole.push(chunk);
    }
  };
  /** The parts of the hour's chunks, in the order of reading; the next one is last. */
  const parts: StoredChunk[] = [];
  const divide = () => {
    if (whole.length === 0) return;
    for (const stored of whole) {
      for (const chunk of minutesOf(stored.chunk)) {
        const part = { ...stored, lastMs: chunk.base + MINUTE - 1, chunk };
        if (isInside(part)) parts.push(part);
      }
    }
    whole = [];
    parts.sort((a, b) => reverse ? a.lastMs - b.lastMs : b.lastMs - a.lastMs);
  };
  const rest = function* (): Generator<StoredChunk> {
    const isAll = parts.length === 0 && whole.length === 1 && wholeHours &&
      hour >= from && hour + HOUR <= to;
    if (isAll) yield whole.pop()!;
    divide();
    while (parts.length > 0) yield parts.pop()!;
  };
  const enter = function* (start: number): Generator<StoredChunk> {
    yield* rest();
    hour = start;
    isComplete = false;
  };

  // Chunks under the end of the last hour, if that is requested in part.
  const lastHour = floorHour(to - 1);
  const isCut = lastHour + HOUR > to;
  if (isCut && reverse) {
    hour = lastHour;
    await lookUp(hour);
  }
  const entries = kv.list<LogChunk>({
    start: keys.requestLogFrom(from),
    end: keys.requestLogFrom(to),
  }, { reverse, batchSize });
  for await (const entry of entries) {
    const start = floorHour(entry.key[1] as number);
    if (start !== hour) yield* enter(start);
    const isWhole = entry.value.minutes !== undefined;
    // Forwards, an hour's chunk comes after those of its minutes.
    if (!reverse && !isWhole && !isComplete) {
      await lookUp(hour);
      isComplete = true;
    }
    if (isWhole && isComplete) continue;
    const stored = read(entry);
    if (stored === null) continue;
    if (isWhole) {
      whole.push(stored);
      continue;
    }
    divide();
    while (parts.length > 0) {
      const { lastMs } = parts.at(-1)!;
      if (reverse ? lastMs < stored.lastMs : lastMs > stored.lastMs) break;
      yield parts.pop()!;
    }
    yield stored;
  }
  if (isCut && !reverse && !(hour === lastHour && isComplete)) {
    if (hour !== lastHour) yield* enter(lastHour);
    await lookUp(lastHour);
  }
  yield* rest();
}

function floorHour(ms: number): number {
  return Math.floor(ms / HOUR) * HOUR;
}
