import { HOUR, MINUTE } from "../base/duration.ts";
import { keys } from "../store/keys.ts";
import { type LogChunk, minutesOf, readChunk } from "./log_chunk.ts";

/** A chunk and where it is stored. */
export interface StoredChunk {
  /** No record of the chunk is later, and all are of the same minute (UTC). */
  lastMs: number;
  writer: string;
  n: number;
  chunk: LogChunk;
  /** Of the stored value, of which `chunk` may be a part. */
  key: Deno.KvKey;
}

/** How {@linkcode storedChunks} reads. */
export interface ChunkOptions {
  /** Latest first. @default {false} */
  reverse?: boolean;
  /** How many are held at once, at most 60 KiB each. @default {16} */
  batchSize?: number;
  /** An hour that lies in one chunk is given as that, not minute by minute. @default {false} */
  wholeHours?: boolean;
}

/**
 * The chunks whose `lastMs` is in `from` ≤ lastMs < `to`, in that order, but for those that have
 * expired. From and to whole minutes, these are all records of that time and no others.
 *
 * A quiet hour of an imported log is one chunk, under its end; its minutes are put in among the
 * others'.
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
    // Deno KV's iterator leaves entries linked to each other: what they hold, all strings of a
    // chunk, would outlive every collection of the young generation.
    (entry as { value: unknown }).value = null;
    if (value.expires_at <= now()) return null;
    const chunk = readChunk(value);
    if (chunk === null) return null;
    const [, lastMs, writer, n] = key as [string, number, string, number];
    return { lastMs, writer, n, chunk, key };
  };

  /** Chunks of the hour that is being read which are stored under its end. */
  let whole: StoredChunk[] = [];
  let hour = -1;
  let isComplete = false;
  const lookUp = async (start: number) => {
    const lastMs = start + HOUR - 1;
    // An hour is written as one only when it is over.
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

  // What lies under the end of the last hour, where that is asked for in part.
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
    // Forwards, an hour's chunk comes behind those of its minutes.
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
