import { page } from "fresh";
import { Bars, BarsLegend, BarsTable } from "../../components/bars.tsx";
import { dossierPath } from "../../components/dossier_link.tsx";
import { TopList } from "../../components/top_list.tsx";
import { countActive } from "../../lib/detection/findings.ts";
import { requestStats, type TopRow } from "../../lib/stats.ts";
import { describeAgent } from "../../lib/user_agent.ts";
import { define } from "../../utils.ts";

const HOUR = 3_600_000;
const RANGES = {
  "24h": { label: "24 hours", ms: 24 * HOUR, by: "hour" },
  "7d": { label: "7 days", ms: 7 * 24 * HOUR, by: "hour" },
  "30d": { label: "30 days", ms: 30 * 24 * HOUR, by: "day" },
} as const;

/** A top list's length, and how much of it is read: user agents are gathered by what they claim. */
const ROWS = 8;
const READ_ROWS = 200;

type RangeName = keyof typeof RANGES;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const asked = ctx.url.searchParams.get("range") ?? "24h";
    const name: RangeName = asked in RANGES ? asked as RangeName : "24h";
    const { ms, by } = RANGES[name];
    const until = now() + 1;
    const since = until - ms;
    const [stats, before, open] = await Promise.all([
      requestStats(kv, { since, until, by, top: READ_ROWS }, now),
      requestStats(kv, { since: since - ms, until: since, by, top: 1 }, now),
      countActive(kv, { now: now() }),
    ]);
    ctx.state.title = "Dashboard";
    return page({ name, stats, before: before.totals, open, since });
  },
});

export default define.page<typeof handler>(function Dashboard({ data }) {
  const { name, stats, before, open, since } = data;
  const period = RANGES[name].label;
  const { totals } = stats;
  const refused = totals.blocked + totals.limited;
  const from = new Date(since).toISOString();
  const log = (params: Record<string, string>) =>
    `/admin/requests?${new URLSearchParams({ ...params, since: from })}`;
  const by = (field: string) => (row: TopRow) => log({ [field]: row.name });
  return (
    <>
      <div class="row between">
        <h1>Dashboard</h1>
        <nav class="row" aria-label="Time range">
          {Object.entries(RANGES).map(([key, { label }]) => (
            <a
              class="chip"
              key={key}
              href={`/admin?range=${key}`}
              aria-current={key === name ? "true" : "false"}
            >
              {label}
            </a>
          ))}
        </nav>
      </div>
      <div class="cards">
        <Card
          href={log({})}
          label="requests"
          value={totals.requests}
          before={before.requests}
          period={period}
        />
        <Card
          href={log({})}
          label="addresses"
          value={totals.clients}
          before={before.clients}
          period={period}
        />
        <Card
          href={log({ outcome: "blocked" })}
          label="blocked or limited"
          value={refused}
          before={before.blocked + before.limited}
          period={period}
        />
        <a class="card" href="/admin/suspicious">
          <span class="what">open findings</span>
          <strong>{open.toLocaleString("en")}</strong>
          <span>{open > 0 ? "wait for a decision" : "nothing to decide"}</span>
        </a>
      </div>
      <section class="panel">
        <div class="row between">
          <h2>Requests over time</h2>
          <BarsLegend totals={totals} />
        </div>
        <Bars series={stats.series} by={stats.by} />
        <BarsTable series={stats.series} by={stats.by} />
      </section>
      <div class="grid">
        <TopList
          title="Paths"
          rows={stats.top.paths.slice(0, ROWS)}
          link={by("path")}
          mono
        />
        <TopList
          title="Addresses"
          mono
          rows={stats.top.addresses.slice(0, ROWS)}
          link={(row) => dossierPath(row.name)}
        />
        <TopList
          title="Blocked addresses"
          mono
          rows={stats.top.blocked_addresses.slice(0, ROWS)}
          link={(row) => dossierPath(row.name)}
        />
        <TopList
          title="Countries"
          rows={stats.top.countries.slice(0, ROWS)}
          link={by("country")}
        />
        <TopList title="User agents" rows={agents(stats.top.user_agents)} />
        <TopList
          title="Status classes"
          rows={stats.top.statuses}
          link={by("status")}
        />
      </div>
    </>
  );
});

function Card(
  { href, label, value, before, period }: {
    href: string;
    label: string;
    value: number;
    before: number;
    period: string;
  },
) {
  return (
    <a class="card" href={href}>
      <span class="what">{label}</span>
      <strong>{value.toLocaleString("en")}</strong>
      <span>{change(value, before)} the {period} before</span>
    </a>
  );
}

function change(value: number, before: number): string {
  if (before === 0) return value === 0 ? "as in" : "none in";
  const percent = Math.round((value - before) / before * 100);
  if (percent === 0) return "as many as in";
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent)} % on`;
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
