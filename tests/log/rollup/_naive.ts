import { countryName } from "../../../lib/geo/country.ts";
import { scanRequests } from "../../../lib/log/request_query.ts";
import type {
  RequestStats,
  StatsQuery,
  StatsUnit,
} from "../../../lib/console/stats.ts";

const STEP = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The expected result of `requestStats`, counted record by record. */
export async function naiveStats(
  kv: Deno.Kv,
  { since, until, by, top }: StatsQuery<StatsUnit>,
  now: () => number,
): Promise<RequestStats<StatsUnit>> {
  const records = (await Array.fromAsync(
    scanRequests(kv, { from: since, to: until }, now),
  )).flat();
  const counts = (some: typeof records) => ({
    requests: some.length,
    allowed: some.filter((each) => each.outcome === "allowed").length,
    blocked: some.filter((each) => each.outcome === "blocked").length,
    limited: some.filter((each) => each.outcome === "limited").length,
    challenged: some.filter((each) => each.outcome === "challenged").length,
    errors: some.filter((each) => each.status >= 500).length,
  });
  const tally = (names: (string | null)[]) => {
    const found = new Map<string, number>();
    for (const name of names) {
      if (name !== null) found.set(name, (found.get(name) ?? 0) + 1);
    }
    return [...found]
      .map(([name, requests]) => ({ name, requests }))
      .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
      .slice(0, top);
  };
  const series = [];
  const step = STEP[by];
  for (let at = Math.floor(since / step) * step; at < until; at += step) {
    series.push({
      start: new Date(at).toISOString(),
      ...counts(
        records.filter(({ timestamp }) =>
          timestamp >= at && timestamp < at + step
        ),
      ),
    });
  }
  const heat = Array.from({ length: 7 }, () => new Array(24).fill(0));
  for (const { timestamp } of records) {
    const date = new Date(timestamp);
    heat[date.getUTCDay()]![date.getUTCHours()]++;
  }
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    by,
    totals: {
      ...counts(records),
      clients: new Set(records.map((each) => each.ip_address)).size,
    },
    series,
    heat,
    top: {
      paths: tally(records.map((each) => each.path)),
      addresses: tally(records.map((each) => each.ip_address)),
      blocked_addresses: tally(
        records.filter((each) => each.outcome === "blocked")
          .map((each) => each.ip_address),
      ),
      countries: tally(records.map((each) => each.country_code))
        .map(({ name, requests }) => ({
          name: countryName(name) ?? name,
          country_code: name,
          requests,
        })),
      user_agents: tally(records.map((each) => each.user_agent)),
      referrers: tally(records.map((each) => each.referrer)),
      statuses: tally(
        records.map((each) => `${Math.floor(each.status / 100)}xx`),
      ),
      status_codes: tally(records.map((each) => String(each.status))),
    },
    approximate: { clients: false, top: false, edges: false, totals: false },
  };
}
