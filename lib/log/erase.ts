import { cidrOf, formatCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { pathsNaming, withStoredForm } from "../privacy/own_paths.ts";
import {
  type BlockFilter,
  LAYOUT,
  matchingRows,
  MAX_SPAN_MS,
  type RequestBlock,
  timestampAt,
} from "./log_chunk.ts";
import { blocksBackwards } from "./request_query.ts";
import { type StoredBlock, storedBlocks } from "./stored_chunks.ts";

/** What an erasure did. */
export interface Erased {
  /** Requests that do not lead to whom it was about any more. */
  requests: number;
  /** Requests of the last minutes, whose blocks are still being written. */
  left: number;
}

/** How {@linkcode eraseAddress} and {@linkcode eraseUsername} go about it. */
export interface EraseOptions {
  /** Counts, and changes nothing. */
  dryRun?: boolean;
  /** Later requests are another's, epoch ms. @default {Infinity} */
  until?: number;
}

/** Blocks that are older than this do not grow any more. */
export const SETTLED_MS = 2 * MAX_SPAN_MS;
const HOUR = 3_600_000;

/**
 * Makes the stored requests of an address nobody's: it becomes the first address of its /24 or /48,
 * and city, user agent, referrer and user name go. What remains is counted as before; the rollups
 * are counted anew. Requests of the last two minutes are left for another time. Where admins looked
 * at the address's pages, it gives way there, too.
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
  const filter: BlockFilter = {
    ip: (text) => forms.includes(text),
    names: { ip: forms.length === 1 ? forms[0] : forms },
  };
  const erased = await eraseRows(kv, now, filter, withoutTraces, options);
  if (!options.dryRun) await eraseMentions(kv, now, forms);
  return erased;
}

/** Takes a user's name out of the stored requests; throws and leaves as {@linkcode eraseAddress}. */
export function eraseUsername(
  kv: Deno.Kv,
  now: () => number,
  username: string,
  options: EraseOptions = {},
): Promise<Erased> {
  const filter: BlockFilter = {
    username: (name) => name === username,
    names: { username },
  };
  const change = (block: RequestBlock, rows: readonly number[]) => {
    const numbers = block.rows.slice();
    for (const row of rows) numbers[row * COLUMNS + USERNAME] = 0;
    return withUsedStrings({ ...block, rows: numbers });
  };
  return eraseRows(kv, now, filter, change, options);
}

type Change = (block: RequestBlock, rows: readonly number[]) => RequestBlock;

async function eraseRows(
  kv: Deno.Kv,
  now: () => number,
  filter: BlockFilter,
  change: Change,
  { dryRun = false, until = Infinity }: EraseOptions,
): Promise<Erased> {
  const erased: Erased = { requests: 0, left: 0 };
  const settled = now() - SETTLED_MS;
  const range = { from: 0, to: now() + 2 * MAX_SPAN_MS };
  const rowsOf = (block: RequestBlock) =>
    matchingRows(block, filter).filter((row) =>
      timestampAt(block, row) <= until
    );
  for await (const stored of blocksBackwards(kv, range, now, filter)) {
    const rows = rowsOf(stored.block);
    if (rows.length === 0) continue;
    if (stored.lastMs >= settled) erased.left += rows.length;
    else if (dryRun) erased.requests += rows.length;
    else {
      erased.requests += await changeBlock(kv, now, stored, (block) => {
        const rows = rowsOf(block);
        return { block: change(block, rows), count: rows.length };
      });
    }
  }
  return erased;
}

function changeBlock(
  kv: Deno.Kv,
  now: () => number,
  { lastMs, writer, n }: StoredBlock,
  change: (block: RequestBlock) => { block: RequestBlock; count: number },
): Promise<number> {
  const key = keys.requestLog(lastMs, writer, n);
  const minute = Math.floor(lastMs / MAX_SPAN_MS) * MAX_SPAN_MS;
  return compareAndSet(async () => {
    const entry = await kv.get<RequestBlock>(key);
    if (entry.value === null) return 0;
    const { block, count } = change(entry.value);
    if (count === 0) return 0;
    const expireIn = Math.max(1, entry.value.expires_at - now());
    const { ok } = await kv.atomic()
      .check(entry)
      .set(key, block, { expireIn })
      // Its hour is counted anew.
      .set(keys.rollupMark(minute), 1, { expireIn })
      .commit();
    return ok ? count : undefined;
  });
}

/**
 * Takes an address out of the paths of our own pages that name it, and out of referrers: these are
 * looked for in the hours in which such a page was seen, and the next ones.
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
        const { lastMs, block } of blocksBackwards(kv, all, now, filter)
      ) {
        if (matchingRows(block, filter).length === 0) continue;
        const hour = Math.floor(lastMs / HOUR) * HOUR;
        hours.add(hour).add(hour + HOUR);
      }
    }
  }
  const replace = (text: string) =>
    withStoredForm(text, (ip) => forms.includes(ip) ? networkOf(ip) : ip);
  for (const hour of hours) {
    const end = Math.min(hour + HOUR, settled);
    for await (const stored of storedBlocks(kv, hour, end, now)) {
      await changeBlock(kv, now, stored, (block) => {
        const strings = block.strings.map(replace);
        const count = strings.filter((text, i) => text !== block.strings[i])
          .length;
        return { block: { ...block, strings }, count };
      });
    }
  }
}

const { COLUMNS, IP, CITY, USER_AGENT, REFERRER, USERNAME } = LAYOUT;
/** Columns that hold the number of a string. */
const STRINGS = [
  IP,
  LAYOUT.METHOD,
  LAYOUT.PATH,
  LAYOUT.COUNTRY,
  CITY,
  USER_AGENT,
  REFERRER,
  USERNAME,
];

/** The block with those rows made nobody's, and no string that no row names any more. */
function withoutTraces(
  block: RequestBlock,
  rows: readonly number[],
): RequestBlock {
  const numbers = block.rows.slice();
  const strings = block.strings.slice();
  for (const row of rows) {
    const at = row * COLUMNS;
    const network = networkOf(block.strings[block.rows[at + IP]!] ?? "");
    let place = strings.indexOf(network, 1);
    if (place < 0) place = strings.push(network) - 1;
    numbers[at + IP] = place;
    for (const column of [CITY, USER_AGENT, REFERRER, USERNAME]) {
      numbers[at + column] = 0;
    }
  }
  // Who is nobody's must not be found under the seal, either; detection goes on by the forms.
  const { sealed: _, ...rest } = block;
  return withUsedStrings({ ...rest, rows: numbers, strings });
}

/** The block without strings that no row names any more. */
function withUsedStrings(block: RequestBlock): RequestBlock {
  const { rows } = block;
  const used = new Set<number>();
  for (let at = 0; at < rows.length; at += COLUMNS) {
    for (const column of STRINGS) used.add(rows[at + column]!);
  }
  return {
    ...block,
    strings: block.strings.map((text, n) => used.has(n) ? text : ""),
  };
}

/** The first address of a /24 or /48; of what is no address, itself. */
export function networkOf(text: string): string {
  const ip = parseIp(text);
  if (!ip) return text;
  const network = cidrOf(ip, ip.family === 4 ? 24 : 48);
  return formatCidr(network).replace(/\/\d+$/, "");
}
