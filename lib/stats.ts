import { countryName } from "./geo/country.ts";
import { scanRequests } from "./guard/request_query.ts";

/** No series is longer. */
export const STATS_MAX_BUCKETS = 1_000;

const BUCKET_MS = { hour: 3_600_000, day: 86_400_000 } as const;

/** How many requests ended how. */
export interface Counts {
  requests: number;
  allowed: number;
  blocked: number;
  limited: number;
  /** Answers of 5xx. */
  errors: number;
}

/** One row of a top list. */
export interface TopRow {
  name: string;
  requests: number;
}

/** What {@linkcode requestStats} answers; times as ISO 8601, UTC. */
export interface RequestStats {
  since: string;
  until: string;
  by: "hour" | "day";
  totals: Counts & { clients: number };
  series: (Counts & { start: string })[];
  top: {
    paths: TopRow[];
    addresses: TopRow[];
    blocked_addresses: TopRow[];
    countries: (TopRow & { country_code: string })[];
    user_agents: TopRow[];
    referrers: TopRow[];
    statuses: TopRow[];
  };
}

/** What is counted, from and to when, and how many rows a top list has. */
export interface StatsQuery {
  since: number;
  until: number;
  by: "hour" | "day";
  top: number;
}

/** Counts the request log over a stretch of time, in steps of whole hours or days (UTC). */
export async function requestStats(
  kv: Deno.Kv,
  query: StatsQuery,
  now: () => number,
): Promise<RequestStats> {
  const { since, until, by } = query;
  const step = BUCKET_MS[by];
  const series = new Map<number, Counts>();
  for (let start = since - mod(since, step); start < until; start += step) {
    series.set(start, noCounts());
  }
  const totals = noCounts();
  const paths = new Tally();
  const addresses = new Tally();
  const blocked = new Tally();
  const countries = new Tally();
  const agents = new Tally();
  const referrers = new Tally();
  const statuses = new Tally();

  for await (
    const records of scanRequests(kv, { from: since, to: until }, now)
  ) {
    for (const record of records) {
      count(totals, record);
      count(
        series.get(record.timestamp - mod(record.timestamp, step))!,
        record,
      );
      paths.add(record.path);
      addresses.add(record.ip_address);
      if (record.outcome === "blocked") blocked.add(record.ip_address);
      countries.add(record.country_code);
      agents.add(record.user_agent);
      referrers.add(record.referrer);
      statuses.add(`${Math.floor(record.status / 100)}xx`);
    }
  }
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    by,
    totals: { ...totals, clients: addresses.size },
    series: [...series].map(([start, counts]) => ({
      start: new Date(start).toISOString(),
      ...counts,
    })),
    top: {
      paths: paths.top(query.top),
      addresses: addresses.top(query.top),
      blocked_addresses: blocked.top(query.top),
      countries: countries.top(query.top).map(({ name, requests }) => ({
        name: countryName(name) ?? name,
        country_code: name,
        requests,
      })),
      user_agents: agents.top(query.top),
      referrers: referrers.top(query.top),
      statuses: statuses.top(query.top),
    },
  };
}

function noCounts(): Counts {
  return { requests: 0, allowed: 0, blocked: 0, limited: 0, errors: 0 };
}

function count(
  counts: Counts,
  record: { outcome: "allowed" | "blocked" | "limited"; status: number },
) {
  counts.requests++;
  counts[record.outcome]++;
  if (record.status >= 500) counts.errors++;
}

/** Like `%`, but never negative. */
function mod(a: number, b: number): number {
  return ((a % b) + b) % b;
}

class Tally {
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#counts.size;
  }

  add(name: string | null): void {
    if (name !== null) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }

  /** The most frequent names; those with the same count in the order of the alphabet. */
  top(limit: number): TopRow[] {
    return [...this.#counts]
      .map(([name, requests]) => ({ name, requests }))
      .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }
}
