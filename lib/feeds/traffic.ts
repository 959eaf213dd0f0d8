import { AT, COLUMNS } from "../log/columns.ts";
import { deadline, DeadlineError } from "../base/delay.ts";
import { AccessList } from "../lists/access_list.ts";
import { IMPACT_SPAN_MS } from "../log/impact.ts";
import type { PrivacyMode } from "../privacy/address_storage.ts";
import { MAX_SPAN_MS, timestampAt } from "../log/log_chunk.ts";
import { outcomeNumber } from "../log/request_record.ts";
import { chunksBackwards } from "../log/request_query.ts";
import type { StoredChunk } from "../log/stored_chunks.ts";
import { delay } from "../base/delay.ts";
import { parseCidr } from "../net/cidr.ts";
import { readIp } from "../net/ip.ts";

/** Which visitors of the last 7 days a list would have blocked. */
export interface ListTraffic {
  /** Requests that were let in. */
  requests: number;
  hit_requests: number;
  /** Addresses that were let in and served. */
  visitors: number;
  hit_visitors: number;
  /** Users who were signed in. */
  users: number;
  hit_users: number;
  /** The five with the most requests. */
  top: { ip: string; requests: number }[];
  /** Reading stopped early. */
  at_least: boolean;
  /** Why it says less than it seems, where `PRIVACY_IP` makes it so. */
  note: string | null;
}

/** Options for {@linkcode measureTraffic}. */
export interface TrafficOptions {
  privacy: PrivacyMode;
  /** @default {2000} */
  patienceMs?: number;
  /** @default {1_000_000} */
  maxRequests?: number;
}

const {
  ip_address: IP,
  status: STATUS,
  username: USERNAME,
  outcome: OUTCOME,
} = AT;
const ALLOWED = outcomeNumber("allowed");
/** The most addresses or users that are counted. */
const MAX_DISTINCT = 100_000;
const PER_TURN = 5_000;

/**
 * Counts which of the allowed visitors a list would have blocked, newest requests first; ends
 * within about `patienceMs` once the list is compiled.
 */
export async function measureTraffic(
  kv: Deno.Kv,
  now: () => number,
  ranges: Iterable<string>,
  { privacy, patienceMs = 2_000, maxRequests = 1_000_000 }: TrafficOptions,
): Promise<ListTraffic> {
  const list = await compiled(ranges);
  const end = performance.now() + patienceMs;
  const since = now() - IMPACT_SPAN_MS;
  const words = new Int32Array(4);
  const known = new Map<string, boolean>();
  const isHit = (ip: string): boolean => {
    let hit = known.get(ip);
    if (hit === undefined) {
      const family = readIp(ip, words);
      hit = family !== 0 && list.match(family, words, 0) !== null;
      if (known.size < MAX_DISTINCT) known.set(ip, hit);
    }
    return hit;
  };
  const visitors = new Set<string>();
  const users = new Map<string, boolean>();
  const hits = new Map<string, number>();
  let hitVisitors = 0;
  let requests = 0;
  let hitRequests = 0;
  let at_least = false;

  const count = ({ chunk }: StoredChunk) => {
    const { rows, strings } = chunk;
    for (let at = 0, i = 0; at < rows.length; at += COLUMNS, i++) {
      if (rows[at + OUTCOME] !== ALLOWED || timestampAt(chunk, i) < since) {
        continue;
      }
      const ip = strings[rows[at + IP]!] ?? "";
      const hit = isHit(ip);
      requests++;
      if (hit) {
        hitRequests++;
        if (hits.has(ip) || hits.size < MAX_DISTINCT) {
          hits.set(ip, (hits.get(ip) ?? 0) + 1);
        }
      }
      if (rows[at + STATUS]! < 400 && !visitors.has(ip)) {
        if (visitors.size < MAX_DISTINCT) {
          visitors.add(ip);
          hitVisitors += Number(hit);
        } else at_least = true;
      }
      const user = strings[rows[at + USERNAME]!];
      if (user && (users.has(user) || users.size < MAX_DISTINCT)) {
        users.set(user, hit || users.get(user) === true);
      }
    }
  };

  const range = { from: since, to: now() + MAX_SPAN_MS + 1 };
  const chunks = chunksBackwards(kv, range, now, {})[Symbol.asyncIterator]();
  while (true) {
    const left = end - performance.now();
    if (left <= 0 || requests >= maxRequests) {
      at_least = true;
      break;
    }
    try {
      const next = await deadline(chunks.next(), left);
      if (next.done) break;
      count(next.value);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
    }
  }
  return {
    requests,
    hit_requests: hitRequests,
    visitors: visitors.size,
    hit_visitors: hitVisitors,
    users: users.size,
    hit_users: [...users.values()].filter(Boolean).length,
    top: [...hits].map(([ip, requests]) => ({ ip, requests }))
      .sort((a, b) => b.requests - a.requests || (a.ip < b.ip ? -1 : 1))
      .slice(0, 5),
    at_least,
    note: privacyNote(privacy),
  };
}

async function compiled(ranges: Iterable<string>): Promise<AccessList> {
  const list = new AccessList();
  const nothing = {
    reason: "",
    created_by: "",
    created_at: 0,
    expires_at: null,
  };
  let n = 0;
  for (const text of ranges) {
    list.set(parseCidr(text), nothing);
    if (++n % PER_TURN === 0) await delay(0);
  }
  return list;
}

function privacyNote(privacy: PrivacyMode): string | null {
  return privacy === "hashed"
    ? "Addresses are logged hashed, so the affected visitors cannot be counted."
    : privacy === "truncated"
    ? "Addresses are logged truncated, so only entries of whole networks are counted."
    : null;
}
