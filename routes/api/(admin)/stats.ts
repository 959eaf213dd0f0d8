import { listQuery, timeParam } from "../../../lib/http/list_query.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { requestStats, STATS_MAX_BUCKETS } from "../../../lib/console/stats.ts";
import { define } from "../../../signed_in.ts";

const UNITS = { hour: 3_600_000, day: 86_400_000 } as const;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
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
    return ctx.json(
      await requestStats(kv, {
        since,
        until,
        by,
        top: Math.min(listQuery(params, 10).limit, 100),
      }, now),
    );
  },
});
