/**
 * How far a follower of the request log has come. Blocks grow and come in any order, so a time does
 * not say it: a position holds how many records of each block that may still grow were seen, and from
 * when on blocks count at all.
 *
 * @module
 */
import type { StoredBlock } from "./stored_chunks.ts";

/** See the module. */
export interface TailPosition {
  /** Blocks whose last time is before this are done with; milliseconds since the epoch. */
  from: number;
  /** Records seen, by {@linkcode blockId}; those that are not named have not been seen at all. */
  counts: ReadonlyMap<string, number>;
}

/** No header that a browser sends back may be longer. */
const MAX_LENGTH = 12_000;
const BLOCK = /^[\da-z]{1,9}\.\w{1,16}\.[\da-z]{1,9}$/;

/** A block's name, short and safe in headers and attributes. */
export function blockId(
  { lastMs, writer, n }: Pick<StoredBlock, "lastMs" | "writer" | "n">,
): string {
  return `${lastMs.toString(36)}.${writer}.${n.toString(36)}`;
}

/** A record's name: that of its block, and its row. */
export function recordId(block: string, row: number): string {
  return `${block}.${row.toString(36)}`;
}

/** As text of letters, digits and `.~-`, for the id of an event. */
export function formatPosition({ from, counts }: TailPosition): string {
  let text = from.toString(36);
  for (const [block, count] of counts) {
    text += `~${block}-${count.toString(36)}`;
  }
  return text;
}

/** What {@linkcode formatPosition} wrote, or null for anything else. */
export function parsePosition(text: string): TailPosition | null {
  if (text.length > MAX_LENGTH) return null;
  const [from, ...blocks] = text.split("~");
  const position = { from: number(from!), counts: new Map<string, number>() };
  if (!Number.isSafeInteger(position.from)) return null;
  for (const item of blocks) {
    const [block, count] = item.split("-", 2) as [string, string?];
    const seen = number(count ?? "");
    if (!BLOCK.test(block) || !Number.isSafeInteger(seen)) return null;
    position.counts.set(block, seen);
  }
  return position;
}

function number(text: string): number {
  return /^[\da-z]{1,11}$/.test(text) ? parseInt(text, 36) : NaN;
}
