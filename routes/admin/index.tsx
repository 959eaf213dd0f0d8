import { page } from "fresh";
import { Bars } from "../../components/bars.tsx";
import { dossierPath } from "../../components/dossier_link.tsx";
import { TopList } from "../../components/top_list.tsx";
import { countActive } from "../../lib/detection/findings.ts";
import { requestStats, type TopRow } from "../../lib/stats.ts";
import { define } from "../../utils.ts";

const HOUR = 3_600_000;
const RANGES = {
  "24h": { label: "24 hours", ms: 24 * HOUR, by: "hour" },
  "7d": { label: "7 days", ms: 7 * 24 * HOUR, by: "hour" },
  "30d": { label: "30 days", ms: 30 * 24 * HOUR, by: "day" },
} as const;

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
      requestStats(kv, { since, until, by, top: 8 }, now),
      requestStats(kv, { since: since - ms, until: since, by, top: 1 }, now),
      countActive(kv, { now: now() }),
    ]);
    ctx.state.title = "Dashboard";
    return page({ name, stats, before: before.totals, open, since });
  },
});

export default define.page<typeof handler>(function Dashboard({ data }) {
  const { name, stats, before, open, since } = data;
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
              aria-current={key === name ? "true" : undefined}
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
        />
        <Card
          href={log({})}
          label="addresses"
          value={totals.clients}
          before={before.clients}
        />
        <Card
          href={log({ outcome: "blocked" })}
          label="blocked or limited"
          value={refused}
          before={before.blocked + before.limited}
        />
        <a class="card" href="/admin/suspicious">
          <strong>{open.toLocaleString("en")}</strong>
          <span>open findings</span>
        </a>
      </div>
      <section class="panel">
        <h2>Requests over time</h2>
        <Bars series={stats.series} by={stats.by} />
        <p class="row muted">
          <span class="badge">allowed {totals.allowed}</span>
          <span class="badge warn">limited {totals.limited}</span>
          <span class="badge bad">blocked {totals.blocked}</span>
          <span class="badge">server errors {totals.errors}</span>
        </p>
      </section>
      <div class="grid">
        <TopList title="Paths" rows={stats.top.paths} link={by("path")} />
        <TopList
          title="Addresses"
          rows={stats.top.addresses}
          link={(row) => dossierPath(row.name)}
        />
        <TopList
          title="Blocked addresses"
          rows={stats.top.blocked_addresses}
          link={(row) => dossierPath(row.name)}
        />
        <TopList
          title="Countries"
          rows={stats.top.countries}
          link={by("country")}
        />
        <TopList title="User agents" rows={stats.top.user_agents} />
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
  { href, label, value, before }: {
    href: string;
    label: string;
    value: number;
    before: number;
  },
) {
  return (
    <a class="card" href={href}>
      <strong>{value.toLocaleString("en")}</strong>
      <span>{label}</span>
      <span>{change(value, before)}</span>
    </a>
  );
}

function change(value: number, before: number): string {
  if (before === 0) return "none in the period before";
  const percent = Math.round((value - before) / before * 100);
  const sign = percent > 0 ? "+" : "";
  return `${sign}${percent} % against the period before`;
}
