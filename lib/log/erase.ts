import { HOUR } from "../base/duration.ts";
import { AT, COLUMNS, PERSONAL_COLUMNS, TEXT_COLUMNS } from "./columns.ts";
import { networkAddressOf } from "../net/network.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { pathsNaming, withStoredForm } from "../privacy/own_paths.ts";
import {
  type ChunkFilter,
  type LogChunk,
  matchingRows,
  MAX_SPAN_MS,
  readChunk,
  timestampAt,
} from "./log_chunk.ts";
import { chunksBackwards } from "./request_query.ts";
import { type StoredChunk, storedChunks } from "./stored_chunks.ts";

/** The result of an erasure. */
export interface Erased {
  /** Requests that were anonymised. */
  requests: number;
  /** Requests of the last minutes, whose chunks are still being written. */
  left: number;
}

/** Options of {@linkcode eraseAddress} and {@linkcode eraseUsername}. */
export interface EraseOptions {
  /** Only counts, without changes. */
  dryRun?: boolean;
  /** Later requests belong to someone else, epoch ms. @default {Infinity} */
  until?: number;
}

/** Older chunks do not grow any more. */
export const SETTLED_MS = 2 * MAX_SPAN_MS;

/**
 * Anonymises the stored requests of an address: it becomes the first address of its /24 or /48, and
 * city, user agent, referrer and user name are removed. The other fields are counted as before; the
 * rollups are counted again. Requests of the last two minutes are skipped. The address is also
 * replaced in paths of admins' visits to its pages.
 *
 * @param ip Canonical; or all forms that the address is stored in, itself first.
 */
export async function eraseAddress(
  kv: Deno.Kv,
  now: () => number,
  ip: string | readonly string[],
  options: EraseOptions = {},
): Promise<Erased> {
  const forms = [ip].flat();
  const filter: ChunkFilter = {
    ip: (text) => forms.includes(text),
    names: { ip: forms.length === 1 ? forms[0] : forms },
  };
  const erased = await eraseRows(kv, now, filter, withoutTraces, options);
  if (!options.dryRun) await eraseMentions(kv, now, forms);
  return erased;
}

/**
 * Removes a user's name from the stored requests; throws and skips like {@linkcode eraseAddress}.
 */
export function eraseUsername(
  kv: Deno.Kv,
  now: () => number,
  username: string,
  options: EraseOptions = {},
): Promise<Erased> {
  const filter: ChunkFilter = {
    username: (name) => name === username,
    names: { username },
  };
  const change = (chunk: LogChunk, rows: readonly number[]) => {
    const numbers = chunk.rows.slice();
    for (const row of rows) numbers[row * COLUMNS + AT.username] = 0;
    return withUsedStrings({ ...chunk, rows: numbers });
  };
  return eraseRows(kv, now, filter, change, options);
}

type Change = (chunk: LogChunk, rows: readonly number[]) => LogChunk;

async function eraseRows(
  kv: Deno.Kv,
  now: () => number,
  filter: ChunkFilter,
  change: Change,
  { dryRun = false, until = Infinity }: EraseOptions,
): Promise<Erased> {
  const erased: Erased = { requests: 0, left: 0 };
  const settled = now() - SETTLED_MS;
  const range = { from: 0, to: now() + 2 * MAX_SPAN_MS };
  const rowsOf = (chunk: LogChunk) =>
    matchingRows(chunk, filter).filter((row) =>
      timestampAt(chunk, row) <= until
    );
  for await (const stored of chunksBackwards(kv, range, now, filter)) {
    const rows = rowsOf(stored.chunk);
    if (rows.length === 0) continue;
    if (stored.lastMs >= settled) erased.left += rows.length;
    else if (dryRun) erased.requests += rows.length;
    else {
      erased.requests += await changeChunk(kv, now, stored, (chunk) => {
        const rows = rowsOf(chunk);
        return { chunk: change(chunk, rows), count: rows.length };
      });
    }
  }
  return erased;
}

function changeChunk(
  kv: Deno.Kv,
  now: () => number,
  { lastMs, key }: StoredChunk,
  change: (chunk: LogChunk) => { chunk: LogChunk; count: number },
): Promise<number> {
  const minute = Math.floor(lastMs / MAX_SPAN_MS) * MAX_SPAN_MS;
  return compareAndSet(async () => {
    const entry = await kv.get<LogChunk>(key);
    const stored = entry.value && readChunk(entry.value);
    if (stored === null) return 0;
    const { chunk, count } = change(stored);
    if (count === 0) return 0;
    const expireIn = Math.max(1, stored.expires_at - now());
    const { ok } = await kv.atomic()
      .check(entry)
      .set(key, chunk, { expireIn })
      // Its hour is counted again.
      .set(keys.rollupMark(minute), 1, { expireIn })
      .commit();
    return ok ? count : undefined;
  });
}

/**
 * Removes an address from the paths of console pages that contain it, and from referrers: these are
 * searched in the hours in which such a page was requested, and in the next hours.
 */
async function eraseMentions(
  kv: Deno.Kv,
  now: () => number,
  forms: readonly string[],
): Promise<void> {
  const settled = now() - SETTLED_MS;
  const hours = new Set<number>();
  const all = { from: 0, to: settled };
  for (const form of forms) {
    for (const path of pathsNaming(form)) {
      const filter = { path: (text: string) => text === path, names: { path } };
      for await (
        const { lastMs, chunk } of chunksBackwards(kv, all, now, filter)
      ) {
        if (matchingRows(chunk, filter).length === 0) continue;
        const hour = Math.floor(lastMs / HOUR) * HOUR;
        hours.add(hour).add(hour + HOUR);
      }
    }
  }
  const replace = (text: string) =>
    withStoredForm(text, (ip) => forms.includes(ip) ? erasedForm(ip) : ip);
  for (const hour of hours) {
    const end = Math.min(hour + HOUR, settled);
    for await (const stored of storedChunks(kv, hour, end, now)) {
      await changeChunk(kv, now, stored, (chunk) => {
        const strings = chunk.strings.map(replace);
        const count = strings.filter((text, i) => text !== chunk.strings[i])
          .length;
        return { chunk: { ...chunk, strings }, count };
      });
    }
  }
}

/** The chunk with those rows anonymised, without unreferenced strings. */
function withoutTraces(
  chunk: LogChunk,
  rows: readonly number[],
): LogChunk {
  const numbers = chunk.rows.slice();
  const strings = chunk.strings.slice();
  for (const row of rows) {
    const at = row * COLUMNS;
    const network = erasedForm(
      chunk.strings[chunk.rows[at + AT.ip_address]!] ?? "",
    );
    let place = strings.indexOf(network, 1);
    if (place < 0) place = strings.push(network) - 1;
    numbers[at + AT.ip_address] = place;
    for (const column of PERSONAL_COLUMNS) {
      numbers[at + column] = 0;
    }
  }
  // Sealed addresses of anonymised rows are removed, too; detection uses their stored forms.
  const { sealed: _, ...rest } = chunk;
  return withUsedStrings({ ...rest, rows: numbers, strings });
}

/** The chunk without unreferenced strings. */
function withUsedStrings(chunk: LogChunk): LogChunk {
  const { rows } = chunk;
  const used = new Set<number>();
  for (let at = 0; at < rows.length; at += COLUMNS) {
    for (const column of TEXT_COLUMNS) used.add(rows[at + column]!);
  }
  return {
    ...chunk,
    strings: chunk.strings.map((text, n) => used.has(n) ? text : ""),
  };
}

/** The replacement for an erased address: the first of its network; other texts are unchanged. */
export function erasedForm(text: string): string {
  return networkAddressOf(text) ?? text;
}
