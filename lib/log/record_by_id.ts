import { MINUTE } from "../base/duration.ts";
import { COLUMNS } from "./columns.ts";
import { recordAt } from "./log_chunk.ts";
import type { RequestRecord } from "./request_record.ts";
import { floorTo } from "./rollup/marks.ts";
import { storedChunks } from "./stored_chunks.ts";
import { chunkId } from "./tail_position.ts";

const ID = /^((?:[\da-z]{1,9})\.\w{1,16}\.[\da-z]{1,9})\.([\da-z]{1,6})$/;

/** The stored record with an id from `recordId`; null if it no longer exists. */
export async function recordById(
  kv: Deno.Kv,
  id: string,
  now: () => number,
): Promise<RequestRecord | null> {
  const [, name, rowText] = ID.exec(id) ?? [];
  if (name === undefined) return null;
  const row = parseInt(rowText!, 36);
  const minute = floorTo(parseInt(name.split(".", 1)[0]!, 36), MINUTE);
  for await (const stored of storedChunks(kv, minute, minute + MINUTE, now)) {
    if (chunkId(stored) !== name) continue;
    const { chunk } = stored;
    return row < chunk.rows.length / COLUMNS ? recordAt(chunk, row) : null;
  }
  return null;
}
