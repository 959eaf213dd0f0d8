/**
 * The position of a follower in the request log. Chunks grow and arrive in any order, so a time is
 * not enough: a position has the number of records seen of each chunk that may still grow, and the
 * time before which chunks are ignored.
 *
 * @module
 */
import type { StoredChunk } from "./stored_chunks.ts";

/** See the module. */
export interface TailPosition {
  /** Chunks whose last time is before this are finished; milliseconds since the epoch. */
  from: number;
  /** Records seen, by {@linkcode chunkId}; unlisted chunks have not been seen. */
  counts: ReadonlyMap<string, number>;
}

/** Maximum length of a header that a browser sends back. */
const MAX_LENGTH = 12_000;
const CHUNK = /^[\da-z]{1,9}\.\w{1,16}\.[\da-z]{1,9}$/;

/** A chunk's id, short and safe in headers and attributes. */
export function chunkId(
  { lastMs, writer, n }: Pick<StoredChunk, "lastMs" | "writer" | "n">,
): string {
  return `${lastMs.toString(36)}.${writer}.${n.toString(36)}`;
}

/** A record's id: its chunk's id, and its row. */
export function recordId(chunk: string, row: number): string {
  return `${chunk}.${row.toString(36)}`;
}

/** Formats a position with letters, digits and `.~-`, for the id of an event. */
export function formatPosition({ from, counts }: TailPosition): string {
  let text = from.toString(36);
  for (const [chunk, count] of counts) {
    text += `~${chunk}-${count.toString(36)}`;
  }
  return text;
}

/** Parses the output of {@linkcode formatPosition}; null for anything else. */
export function parsePosition(text: string): TailPosition | null {
  if (text.length > MAX_LENGTH) return null;
  const [from, ...chunks] = text.split("~");
  const position = { from: number(from!), counts: new Map<string, number>() };
  if (!Number.isSafeInteger(position.from)) return null;
  for (const item of chunks) {
    const [chunk, count] = item.split("-", 2) as [string, string?];
    const seen = number(count ?? "");
    if (!CHUNK.test(chunk) || !Number.isSafeInteger(seen)) return null;
    position.counts.set(chunk, seen);
  }
  return position;
}

function number(text: string): number {
  return /^[\da-z]{1,11}$/.test(text) ? parseInt(text, 36) : NaN;
}
