import { listQuery, timeParam } from "../../../lib/http/list_query.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { requestStats, STATS_MAX_BUCKETS } from "../../../lib/console/stats.ts";
import { define } from "../../../signed_in.ts";
import { readTraffic } from "../../../lib/console/traffic.ts";
import { requestFilter } from "../../../lib/log/request_filter.ts";
import { filterQuery } from "../../../lib/log/saved_filters.ts";
import { DAY, HOUR } from "../../../lib/base/duration.ts";

const UNITS = { hour: HOUR, day: DAY } as const;
/** The time limit of a call with a filter, which reads the log, in milliseconds. */
const BUDGET_MS = 20_000;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now, addresses } = ctx.state.services;
    const params = ctx.url.searchParams;
    const by = params.get("by") ?? "hour";
    if (by !== "hour" && by !== "day") {
      throw new Refusal(
        "malformed",
        `Cannot count by "${by}": expected hour or day`,
      );
    }
    const until = timeParam(params, "until", now()) ?? now();
    const since = timeParam(params, "since", now()) ??
      until - (by === "hour" ? 1 : 30) * UNITS.day;
    if (since >= until || (until - since) / UNITS[by] > STATS_MAX_BUCKETS) {
      throw new Refusal(
        "malformed",
        `Cannot count by ${by} from ${new Date(since).toISOString()} to ${
          new Date(until).toISOString()
        }: ` +
          `expected since before until, and at most ${STATS_MAX_BUCKETS} ${by}s`,
      );
    }
    const top = Math.min(listQuery(params, 10).limit, 100);
    const filters = filterQuery(params);
    filters.delete("since");
    filters.delete("until");
    const filter = requestFilter(filters, addresses);
    if (filters.size === 0) {
      const stats = await requestStats(kv, { since, until, by, top }, now);
      return ctx.json({ ...stats, counted_since: stats.since });
    }
    await addresses.ready();
    const traffic = await readTraffic(
      kv,
      { since, until, by, top, filter, budgetMs: BUDGET_MS },
      now,
    );
    const isWhole = traffic.counted_since <= since;
    return ctx.json({
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
      by,
      totals: traffic.totals,
      series: traffic.series,
      heat: traffic.heat,
      top: traffic.top,
      approximate: {
        clients: !traffic.clientsExact,
        top: !traffic.isExact,
        edges: false,
        totals: !isWhole,
      },
      counted_since: new Date(traffic.counted_since).toISOString(),
    });
  },
});
