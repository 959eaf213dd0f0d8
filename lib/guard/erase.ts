import { cidrOf, formatCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import {
  LAYOUT,
  matchingRows,
  MAX_SPAN_MS,
  type RequestBlock,
} from "./request_block.ts";
import { blocksBackwards } from "./request_query.ts";

/** What {@linkcode eraseAddress} did. */
export interface Erased {
  /** Requests that do not lead to the address any more. */
  requests: number;
  /** Requests of the last minutes, whose blocks are still being written. */
  left: number;
}

/** Blocks that are older than this do not grow any more. */
const SETTLED_MS = 2 * MAX_SPAN_MS;

/**
 * Makes the stored requests of an address nobody's: it becomes the first address of its /24 or /48,
 * and city, user agent, referrer and user name go. What remains is counted as before; the rollups
 * are counted anew. Requests of the last two minutes are left for another time.
 *
 * @param ip Canonical.
 */
export async function eraseAddress(
  kv: Deno.Kv,
  now: () => number,
  ip: string,
): Promise<Erased> {
  const filter = { ip: (text: string) => text === ip, names: { ip } };
  const erased: Erased = { requests: 0, left: 0 };
  const settled = now() - SETTLED_MS;
  const range = { from: 0, to: now() + 2 * MAX_SPAN_MS };
  for await (const stored of blocksBackwards(kv, range, now, filter)) {
    const rows = matchingRows(stored.block, filter);
    if (rows.length === 0) continue;
    if (stored.lastMs >= settled) {
      erased.left += rows.length;
      continue;
    }
    const { lastMs, writer, n } = stored;
    erased.requests += await eraseFrom(
      kv,
      now,
      keys.requestLog(lastMs, writer, n),
      { ip, minute: Math.floor(lastMs / MAX_SPAN_MS) * MAX_SPAN_MS },
    );
  }
  return erased;
}

function eraseFrom(
  kv: Deno.Kv,
  now: () => number,
  key: Deno.KvKey,
  { ip, minute }: { ip: string; minute: number },
): Promise<number> {
  return compareAndSet(async () => {
    const entry = await kv.get<RequestBlock>(key);
    if (entry.value === null) return 0;
    const rows = matchingRows(entry.value, { ip: (text) => text === ip });
    const expireIn = Math.max(1, entry.value.expires_at - now());
    const { ok } = await kv.atomic()
      .check(entry)
      .set(key, withoutTraces(entry.value, rows, ip), { expireIn })
      // Its hour is counted anew.
      .set(keys.rollupMark(minute), 1, { expireIn })
      .commit();
    return ok ? rows.length : undefined;
  });
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
export function withoutTraces(
  block: RequestBlock,
  rows: readonly number[],
  ip: string,
): RequestBlock {
  const numbers = block.rows.slice();
  const strings = block.strings.slice();
  const network = networkOf(ip);
  let place = strings.indexOf(network, 1);
  if (place < 0) place = strings.push(network) - 1;
  for (const row of rows) {
    const at = row * COLUMNS;
    numbers[at + IP] = place;
    for (const column of [CITY, USER_AGENT, REFERRER, USERNAME]) {
      numbers[at + column] = 0;
    }
  }
  const used = new Set<number>();
  for (let at = 0; at < numbers.length; at += COLUMNS) {
    for (const column of STRINGS) used.add(numbers[at + column]!);
  }
  // Who is nobody's must not be found under the seal, either; detection goes on by the forms.
  const { sealed: _, ...rest } = block;
  return {
    ...rest,
    rows: numbers,
    strings: strings.map((text, number) => used.has(number) ? text : ""),
  };
}

function networkOf(text: string): string {
  const ip = parseIp(text)!;
  const network = cidrOf(ip, ip.family === 4 ? 24 : 48);
  return formatCidr(network).replace(/\/\d+$/, "");
}
