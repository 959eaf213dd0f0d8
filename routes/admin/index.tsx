import { page } from "fresh";
import { Bars, BarsLegend, BarsTable } from "../../components/ui/bars.tsx";
import { Card, Change, ShareChange } from "../../components/overview/card.tsx";
import {
  type CountryRow,
  countrySort,
  CountryTable,
} from "../../components/overview/country_table.tsx";
import { dossierPath } from "../../components/ui/dossier_link.tsx";
import { HeatMap } from "../../components/overview/heat_map.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { linkTo } from "../../components/ui/pager.tsx";
import { RangePicker } from "../../components/ui/range_picker.tsx";
import { TopList } from "../../components/ui/top_list.tsx";
import { utc } from "../../components/ui/time.tsx";
import { WorldMap } from "../../components/overview/world_map.tsx";
import {
  type DashboardRange,
  dashboardRange,
} from "../../lib/console/dashboard_range.ts";
import { countFlagged } from "../../lib/detection/count_flagged.ts";
import { countActive } from "../../lib/detection/findings.ts";
import { worldShapes } from "../../lib/map/world.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import {
  type Counts,
  requestStats,
  type TopRow,
} from "../../lib/console/stats.ts";
import { describeAgent } from "../../lib/base/user_agent.ts";
import { define } from "../../signed_in.ts";

/** A top list's length, and how much of it is read: user agents are gathered by what they claim. */
const ROWS = 8;
const READ_ROWS = 250;

/** The severity from which on a finding waits in the inbox. */
const SEVERITY = "warning";

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    ctx.state.title = "Dashboard";
    const { range, error } = rangeOf(ctx.url.searchParams, now());
    const { since, until, by } = range;
    const before = { from: since - (until - since), to: since };
    const [stats, past, open, flagged, flaggedBefore, shapes] = await Promise
      .all([
        requestStats(kv, { since, until, by, top: READ_ROWS }, now),
        requestStats(
          kv,
          { since: before.from, until: before.to, by, top: 1 },
          now,
        ),
        countActive(kv, { severity: SEVERITY, now: now() }),
        countFlagged(kv, {
          ...{ from: since, to: until },
          severity: SEVERITY,
          now: now(),
        }),
        countFlagged(kv, { ...before, severity: SEVERITY, now: now() }),
        worldShapes(),
      ]);
    const findings = { open, flagged, flaggedBefore };
    return page(
      { range, stats, before: past.totals, findings, shapes, error },
      {
        status: error ? 400 : 200,
      },
    );
  },
});

function rangeOf(
  params: URLSearchParams,
  now: number,
): { range: DashboardRange; error: string | null } {
  try {
    return { range: dashboardRange(params, now), error: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const range = dashboardRange(new URLSearchParams(), now);
    return { range, error: error.message };
  }
}

export default define.page<typeof handler>(function Dashboard({ data, url }) {
  const { range, stats, before, findings, shapes, error } = data;
  const { totals, top } = stats;
  const { label: period } = range;
  const ends: Record<string, string> = {
    since: new Date(range.since).toISOString(),
    ...(range.name === "custom"
      ? { until: new Date(range.until).toISOString() }
      : {}),
  };
  const log = (params: Record<string, string>) =>
    `/admin/requests?${new URLSearchParams({ ...params, ...ends })}`;
  const by = (field: string) => (row: TopRow) => log({ [field]: row.name });
  const sort = countrySort(url.searchParams);
  const keep: Record<string, string> = sort === "name" ? { sort } : {};
  return (
    <>
      <div class="row between">
        <h1>Dashboard</h1>
        <RangePicker range={range} keep={keep} />
      </div>
      {error && <Notice kind="bad">{error}</Notice>}
      {range.name === "custom" && (
        <p class="muted">
          {utc(range.since)} to {utc(range.until)} UTC
        </p>
      )}
      <div class="cards">
        <Card href={log({})} label="requests" value={totals.requests}>
          <Change
            value={totals.requests}
            before={before.requests}
            period={period}
          />
        </Card>
        <Card href={log({})} label="unique clients" value={totals.clients}>
          <Change
            value={totals.clients}
            before={before.clients}
            period={period}
          />
        </Card>
        <Card
          href={log({ "outcome!": "allowed" })}
          label="blocked or limited"
          value={refusedShare(totals)}
          options={{ style: "percent", maximumFractionDigits: 1 }}
        >
          <Num value={totals.blocked} /> blocked, <Num value={totals.limited} />
          {" "}
          limited;{" "}
          <ShareChange
            value={refusedShare(totals)}
            before={refusedShare(before)}
            period={period}
          />
        </Card>
        <Card
          href="/admin/suspicious"
          label="open findings"
          value={findings.open}
        >
          <Num value={findings.flagged} /> new;{" "}
          <Change
            value={findings.flagged}
            before={findings.flaggedBefore}
            period={period}
          />
        </Card>
      </div>
      <section class="panel">
        <div class="row between">
          <h2>Requests over time</h2>
          <BarsLegend totals={totals} />
        </div>
        <Bars series={stats.series} by={stats.by} />
        <BarsTable series={stats.series} by={stats.by} />
      </section>
      <section class="panel" id="countries">
        <h2>Countries</h2>
        <div class="split">
          <WorldMap shapes={shapes} rows={top.countries} />
          <CountryTable
            rows={top.countries}
            total={totals.requests}
            sort={sort}
            sortHref={(sort) =>
              linkTo(url, { sort: sort === "name" ? sort : null }) +
              "#countries"}
            link={(row: CountryRow) => log({ country: row.country_code })}
          />
        </div>
      </section>
      <section class="panel">
        <h2>Hour by weekday (UTC)</h2>
        <HeatMap heat={stats.heat} />
      </section>
      <div class="grid">
        <TopList
          title="Paths"
          rows={top.paths.slice(0, ROWS)}
          link={by("path")}
          mono
        />
        <TopList
          title="Addresses"
          mono
          rows={top.addresses.slice(0, ROWS)}
          link={(row) => dossierPath(row.name)}
        />
        <TopList
          title="Blocked addresses"
          mono
          rows={top.blocked_addresses.slice(0, ROWS)}
          link={(row) => dossierPath(row.name)}
        />
        <TopList title="Referrers" rows={top.referrers.slice(0, ROWS)} />
        <TopList title="User agents" rows={agents(top.user_agents)} />
        <TopList
          title="Status classes"
          rows={top.statuses}
          link={by("status")}
        />
      </div>
      {stats.approximate.clients || stats.approximate.top
        ? (
          <p class="muted">
            Counted from rollups: the number of clients is an estimate
            (±&#8239;1.6&#8239;%), and rare entries of the lists may be a little
            too low.
          </p>
        )
        : null}
    </>
  );
});

function refusedShare({ requests, blocked, limited }: Counts): number {
  return (blocked + limited) / Math.max(1, requests);
}

/** User agents gathered by what they claim to be, the most frequent first. */
function agents(rows: TopRow[]): TopRow[] {
  const sums = new Map<string, number>();
  for (const { name, requests } of rows) {
    const claim = describeAgent(name);
    sums.set(claim, (sums.get(claim) ?? 0) + requests);
  }
  return [...sums]
    .map(([name, requests]) => ({ name, requests }))
    .sort((a, b) => b.requests - a.requests)
    .slice(0, ROWS);
}
