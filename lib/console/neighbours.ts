import { type Cidr, contains } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { matchingRows, recordAt } from "../log/log_chunk.ts";
import { ipName } from "../log/request_filter.ts";
import { chunksBackwards, type TimeRange } from "../log/request_query.ts";

/** The other addresses seen in a network. */
export interface Neighbours {
  /** Distinct addresses; a lower bound if `isAll` is false. */
  count: number;
  /** Those with the most requests. */
  top: { ip_address: string; requests: number; refused: number }[];
  /** Whether the whole time range was read. */
  isAll: boolean;
}

const TOP = 10;
/** The limit of distinct addresses. */
const MAX_ADDRESSES = 10_000;

/**
 * The addresses of a network by their requests, latest first, for at most `budgetMs`; four times as
 * long while none has been found.
 */
export async function neighboursIn(
  kv: Deno.Kv,
  network: Cidr,
  range: TimeRange,
  now: () => number,
  budgetMs = 300,
): Promise<Neighbours> {
  const filter = {
    ip: (text: string) => {
      const ip = parseIp(text);
      return ip !== null && contains(network, ip);
    },
    names: { ip: ipName(network) },
  };
  const started = performance.now();
  const found = new Map<string, { requests: number; refused: number }>();
  let isAll = true;
  for await (const { chunk } of chunksBackwards(kv, range, now, filter)) {
    for (const row of matchingRows(chunk, filter)) {
      const { ip_address, outcome, timestamp } = recordAt(chunk, row);
      if (timestamp < range.from || timestamp >= range.to) continue;
      let counts = found.get(ip_address);
      if (!counts) {
        if (found.size >= MAX_ADDRESSES) continue;
        found.set(ip_address, counts = { requests: 0, refused: 0 });
      }
      counts.requests++;
      if (outcome !== "allowed") counts.refused++;
    }
    const patienceMs = found.size > 0 ? budgetMs : 4 * budgetMs;
    if (
      performance.now() - started > patienceMs || found.size >= MAX_ADDRESSES
    ) {
      isAll = false;
      break;
    }
  }
  const top = [...found]
    .map(([ip_address, counts]) => ({ ip_address, ...counts }))
    .sort((a, b) =>
      b.requests - a.requests || (a.ip_address < b.ip_address ? -1 : 1)
    )
    .slice(0, TOP);
  return { count: found.size, top, isAll };
}
