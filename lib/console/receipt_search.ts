import { deadline, DeadlineError, delay } from "../base/delay.ts";
import { type Cidr, isSingle, parseCidr } from "../net/cidr.ts";
import { formatWords } from "../net/ip.ts";
import { keys } from "../store/keys.ts";
import { type AccessEntry, isLive } from "../lists/access_entry.ts";
import type { Receipts } from "../lists/receipts.ts";
import {
  type LogChunk,
  matchingRows,
  readChunk,
  recordAt,
} from "../log/log_chunk.ts";

/** The largest IPv4 ranges that are searched address by address have 65,536 addresses. */
const NARROWEST_SEARCHED = 16;

/**
 * The address that a receipt was issued for, or null if none is found within about `patienceMs`.
 * Searched in this order: blocked single addresses, the addresses of blocked requests in the log,
 * newest first, and those of blocked IPv4 ranges, which helps if the log does not store whole
 * addresses (`PRIVACY_IP`).
 */
export async function findReceipt(
  kv: Deno.Kv,
  now: () => number,
  receipts: Receipts,
  receipt: string,
  patienceMs = 3_000,
): Promise<string | null> {
  const end = performance.now() + patienceMs;
  const ranges: Cidr[] = [];
  const entries = kv.list<AccessEntry>({ prefix: keys.accessAll("blocked") }, {
    batchSize: 1_000,
  });
  for await (const { value } of until(end, entries)) {
    if (!isLive(value, now())) continue;
    const range = parseCidr(value.ip_address);
    if (!isSingle(range)) ranges.push(range);
    else if (receipts.make(value.ip_address) === receipt) {
      return value.ip_address;
    }
  }
  const tried = new Set<string>();
  const chunks = kv.list<LogChunk>({ prefix: keys.requestLogAll() }, {
    reverse: true,
    batchSize: 100,
  });
  for await (const { value } of until(end, chunks)) {
    if (value.expires_at <= now()) continue;
    const chunk = readChunk(value);
    if (chunk === null) continue;
    for (const row of matchingRows(chunk, { outcome: "blocked" })) {
      const { ip_address } = recordAt(chunk, row);
      if (tried.has(ip_address)) continue;
      if (tried.size < MAX_TRIED) tried.add(ip_address);
      if (receipts.make(ip_address) === receipt) return ip_address;
    }
  }
  for (const range of ranges) {
    let count = 0;
    for (const ip of addressesOf(range)) {
      if (receipts.make(ip) === receipt) return ip;
      if (++count % PER_TURN > 0) continue;
      if (performance.now() > end) return null;
      await delay(0);
    }
  }
  return null;
}

/** About 10 ms of hashing between yields to other requests. */
const PER_TURN = 1_000;

const MAX_TRIED = 200_000;

/** A list's rows until the deadline, even if the store stops responding. */
async function* until<T>(
  end: number,
  rows: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = rows[Symbol.asyncIterator]();
  while (performance.now() < end) {
    let next: IteratorResult<T>;
    try {
      next = await deadline(iterator.next(), end - performance.now());
    } catch (error) {
      if (error instanceof DeadlineError) return;
      throw error;
    }
    if (next.done) return;
    yield next.value;
  }
}

function* addressesOf({ family, words, prefix }: Cidr): Generator<string> {
  if (family !== 4 || prefix < NARROWEST_SEARCHED) return;
  const address = words.slice();
  for (let i = 2 ** (32 - prefix); i > 0; i--) {
    yield formatWords(4, address);
    address[0]!++;
  }
}
