import type { Incident } from "../detection/incidents/incident.ts";
import { contains, parseCidr } from "../net/cidr.ts";
import { parseIp } from "../net/ip.ts";
import { requestFilter } from "../log/request_filter.ts";
import { filterQuery } from "../log/saved_filters.ts";
import type { ConsoleParts } from "./console_parts.ts";
import { type DashboardRange, rangeBefore } from "./dashboard_range.ts";
import { type Counts, type RequestStats, requestStats } from "./stats.ts";
import { readTraffic, type Traffic } from "./traffic.ts";

/** The traffic of a time range, as shown on pages. */
export interface Overview {
  totals: Counts & { clients: number };
  /** For the period before; null if it could not be counted in time. */
  before: (Counts & { clients: number }) | null;
  series: RequestStats["series"];
  heat: number[][];
  top: RequestStats["top"];
  more: Traffic["more"];
  p95_ms: number | null;
  first_seen: number | null;
  last_seen: number | null;
  /** The times from which `totals` and `series`, and `more`, are complete. */
  counted_since: number;
  more_since: number;
  /** The number of requests that `more` covers. */
  more_requests: number;
  isEstimate: boolean;
}

/** The time limits of the parts, in milliseconds. */
const FILTERED_MS = 1_500;
const BEFORE_MS = 700;
const MORE_MS = 1_000;

/** The filters of a URL, without the ends of its range. */
export function trafficFilters(params: URLSearchParams): URLSearchParams {
  const filters = filterQuery(params);
  filters.delete("since");
  filters.delete("until");
  return filters;
}

/**
 * Reads the traffic for pages: from rollups without a filter, and what these do not distinguish
 * from the latest requests.
 */
export async function readOverview(
  { kv, now, addresses }: Pick<ConsoleParts, "kv" | "now" | "addresses">,
  range: DashboardRange,
  filters: URLSearchParams,
  top: number,
): Promise<Overview> {
  await addresses.ready();
  const { since, until, by } = range;
  const past = rangeBefore(range);
  const filter = requestFilter(filters, addresses);
  if (filters.size > 0) {
    const read = (
      ends: { since: number; until: number },
      budgetMs: number,
    ) => readTraffic(kv, { ...ends, by, filter, top, budgetMs }, now);
    const traffic = await read({ since, until }, FILTERED_MS);
    const isWhole = traffic.counted_since <= since;
    const before = isWhole ? await read(past, BEFORE_MS) : null;
    return {
      ...traffic,
      before: before && before.counted_since <= past.since
        ? before.totals
        : null,
      more_since: traffic.counted_since,
      more_requests: traffic.totals.requests,
      isEstimate: !traffic.clientsExact,
    };
  }
  const [stats, before, traffic] = await Promise.all([
    requestStats(kv, { since, until, by, top }, now),
    requestStats(kv, { ...past, by, top: 1 }, now),
    readTraffic(kv, { since, until, by, filter, top, budgetMs: MORE_MS }, now),
  ]);
  return {
    totals: stats.totals,
    before: before.totals,
    series: stats.series,
    heat: stats.heat,
    top: stats.top,
    more: traffic.more,
    p95_ms: traffic.p95_ms,
    first_seen: traffic.first_seen,
    last_seen: traffic.last_seen,
    counted_since: since,
    more_since: traffic.counted_since,
    more_requests: traffic.totals.requests,
    isEstimate: stats.approximate.clients || stats.approximate.top,
  };
}

/** What is known of an address without a look-up. */
export interface KnownOf {
  operatorOf(ip: string): { asn: number; name: string } | null;
  /** Its country code; undefined if not looked up yet. */
  countryOf(ip: string): string | null | undefined;
}

/**
 * The incidents that match a page's filters: by their addresses, paths, user agents, operators and
 * countries. Those that may match are shown.
 */
export function incidentsFor(
  incidents: Incident[],
  filters: URLSearchParams,
  { operatorOf, countryOf }: KnownOf,
): Incident[] {
  const wanted = (name: string) => filters.get(name);
  const [ip, path, agent] = [
    wanted("ip"),
    wanted("path"),
    wanted("user_agent"),
  ];
  const asn = wanted("asn");
  const name = wanted("operator");
  const country = wanted("country");
  return incidents.filter(({ addresses, targets, networks, agents }) => {
    if (ip !== null && !isAmong(ip, [...addresses, ...networks])) return false;
    if (path !== null) {
      const part = path.replaceAll(/^~|\*$/g, "");
      if (!targets.some((target) => target.includes(part))) return false;
    }
    if (agent !== null && !agents.some((text) => isLike(text, agent))) {
      return false;
    }
    if (asn !== null || name !== null) {
      const found = addresses.map(operatorOf);
      const isMeant = found.some((one) =>
        one !== null &&
        (asn === null || asn.split(",").includes(`${one.asn}`)) &&
        (name === null || isLike(one.name, name))
      );
      if (!isMeant) return false;
    }
    if (country === null || addresses.length === 0) return true;
    const codes = country.toUpperCase().split(",");
    return addresses.some((address) => {
      const code = countryOf(address);
      return code === undefined || code !== null && codes.includes(code);
    });
  });
}

/** The length to which an incident cuts a user agent. */
const KEPT = 120;

/** Whether a text matches a filter's value: equal, `x*` as a prefix, `~x` anywhere. */
function isLike(text: string, filter: string): boolean {
  const folded = text.toLowerCase();
  return [filter, ...filter.split(",")].some((value) => {
    const part = value.trim().toLowerCase();
    if (part.startsWith("~")) return folded.includes(part.slice(1));
    if (part.endsWith("*")) return folded.startsWith(part.slice(0, -1));
    const isCut = folded.length >= KEPT && part.startsWith(folded);
    return part !== "" && (folded === part || isCut);
  });
}

function isAmong(text: string, addresses: string[]): boolean {
  return text.split(",").some((one) => {
    const range = parseCidr(one.trim());
    return addresses.some((address) => {
      const ip = parseIp(address.split("/", 1)[0]!);
      return ip !== null && contains(range, ip);
    });
  });
}
