import type { Dossier } from "../../lib/console/dossier.ts";
import { describeAgent } from "../../lib/base/user_agent.ts";
import { Strips } from "../overview/strips.tsx";
import { SeriesTable } from "../ui/series_table.tsx";
import { ExactTime, Time } from "../ui/time.tsx";
import { TopList } from "../ui/top_list.tsx";

/** The requests of an address by time, path, user agent and status. */
export function DossierTraffic(
  { ip, stats, now, zoom }: {
    ip: string;
    stats: Dossier["stats"];
    now: number;
    /** The URL of the page for a time range. */
    zoom: (since: string, until: string) => string;
  },
) {
  const { totals, series, by, top, statuses, sampled } = stats;
  const log = (params: Record<string, string>) =>
    `/admin/requests?${new URLSearchParams({
      ip,
      ...params,
      since: stats.since,
    })}`;
  if (totals.requests === 0) {
    return (
      <section class="panel flush">
        <h2>Traffic</h2>
        <p class="empty">No request of {ip} in this time.</p>
      </section>
    );
  }
  return (
    <>
      <section class="panel">
        <h2>Requests over time</h2>
        <Strips
          series={series}
          by={by}
          totals={totals}
          before={null}
          period=""
          zoom={zoom}
        />
        <SeriesTable series={series} by={by} filters={{ ip }} />
        <p class="muted">
          {stats.first_seen && stats.last_seen && (
            <>
              First seen <Time at={Date.parse(stats.first_seen)} now={now} />
              , last seen <Time at={Date.parse(stats.last_seen)} now={now} />.
              {" "}
            </>
          )}
          {stats.counted_since > stats.since && (
            <>
              Not everything could be counted in time: the numbers are from{" "}
              <ExactTime at={Date.parse(stats.counted_since)} now={now} /> on.
              {" "}
            </>
          )}
          {!sampled.isAll && sampled.requests > 0 &&
            `The lists below are of the latest ${sampled.requests} requests.`}
          {!sampled.isAll && sampled.requests === 0 &&
            "There was no time to read what the lists below would show."}
        </p>
      </section>
      <div class="grid">
        <TopList
          title="Paths"
          rows={top.paths}
          link={({ name }) => log({ path: name })}
          mono
        />
        <TopList
          title="Status classes"
          rows={statuses}
          link={({ name }) => log({ status: name })}
        />
        <TopList
          title="User agents"
          rows={top.user_agents}
          nameOf={({ name }) => describeAgent(name)}
          link={({ name }) => log({ user_agent: name })}
        />
        <TopList
          title="Signed in as"
          rows={top.usernames}
          link={({ name }) => log({ username: name })}
        />
      </div>
    </>
  );
}
