import type { Incident } from "../../lib/detection/incidents/incident.ts";
import type { ParticipantSeries } from "../../lib/console/participant_series.ts";
import { networkOf } from "../../lib/net/network.ts";
import { aboutPath } from "../ui/about_link.tsx";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";
import { Sparkline } from "../ui/sparkline.tsx";

/** What is known of an address without a look-up. */
export interface Whereabouts {
  country: string | null;
  operator: { asn: number; name: string } | null;
  /** The name of the verified crawler, not the name that the user agent claims. */
  crawler: string | null;
}

/** Further networks are only counted. */
const NETWORKS = 50;
const ADDRESSES = 50;

/** Participants, grouped by network. */
export function Participants(
  { incident, series, whereOf }: {
    incident: Incident;
    /** The requests of each over time. */
    series: Pick<ParticipantSeries, "of">;
    whereOf: (ip: string) => Whereabouts;
  },
) {
  if (incident.addresses.length === 0) {
    return <Networks networks={incident.networks} series={series} />;
  }
  const groups = Map.groupBy(
    incident.addresses.map((ip, at) => ({
      ip,
      count: incident.counts[at] ?? 0,
    })),
    ({ ip }) => networkOf(ip) ?? ip,
  );
  const crawlerOf = (ip: string) => whereOf(ip).crawler;
  const sorted = [...groups].map(([network, members]) => ({
    network,
    members,
    count: members.reduce((sum, { count }) => sum + count, 0),
    where: whereOf(members[0]!.ip),
  })).sort((a, b) => b.members.length - a.members.length || b.count - a.count);
  return (
    <section class="panel flush" aria-labelledby="who-title">
      <h2 id="who-title">Participants</h2>
      <ul class="participants">
        {sorted.slice(0, NETWORKS).map(({ network, members, count, where }) => (
          <li key={network}>
            <details open={sorted.length === 1 && members.length <= 10}>
              <summary>
                <span class="mono">{network}</span>:{" "}
                <Num value={members.length} />{" "}
                {members.length === 1 ? "address" : "addresses"},{" "}
                <Num value={count} /> requests
                {where.country && `, ${where.country}`}
                {where.operator && `, ${where.operator.name}`}
                <Crawlers
                  names={members.slice(0, ADDRESSES).flatMap(({ ip }) =>
                    crawlerOf(ip) ?? []
                  )}
                />{" "}
                <Sparkline series={series.of(network)} />
              </summary>
              <p class="row">
                {network.includes("/") && (
                  <>
                    <DossierLink cidr={network} /> ·
                  </>
                )}
                {where.operator && (
                  <a href={aboutPath("asn", String(where.operator.asn))}>
                    {where.operator.name} (AS{where.operator.asn})
                  </a>
                )}
              </p>
              <ul class="plain columns">
                {members.slice(0, ADDRESSES).map(({ ip, count }) => (
                  <li key={ip} data-row={ip}>
                    <DossierLink cidr={ip} />{" "}
                    <span class="muted">
                      <Num value={count} />
                    </span>{" "}
                    <Sparkline series={series.of(ip)} />{" "}
                    {crawlerOf(ip) && (
                      <span class="badge good">✓ {crawlerOf(ip)}</span>
                    )}
                  </li>
                ))}
              </ul>
              {members.length > ADDRESSES && (
                <p class="muted">and {members.length - ADDRESSES} more</p>
              )}
            </details>
          </li>
        ))}
      </ul>
      {sorted.length > NETWORKS && (
        <p class="more">and {sorted.length - NETWORKS} more networks</p>
      )}
    </section>
  );
}

/** The networks of an incident that names no addresses. */
function Networks(
  { networks, series }: {
    networks: readonly string[];
    series: Pick<ParticipantSeries, "of">;
  },
) {
  if (networks.length === 0) return null;
  return (
    <section class="panel flush" aria-labelledby="who-title">
      <h2 id="who-title">Participants</h2>
      <ul class="participants">
        {networks.slice(0, NETWORKS).map((network) => (
          <li key={network} data-row={network}>
            <DossierLink cidr={network} />{" "}
            <Sparkline series={series.of(network)} />
          </li>
        ))}
      </ul>
      {networks.length > NETWORKS && (
        <p class="more">and {networks.length - NETWORKS} more networks</p>
      )}
    </section>
  );
}

/** The number of verified crawlers in a network, and their names. */
function Crawlers({ names }: { names: string[] }) {
  if (names.length === 0) return null;
  return (
    <>
      , <Num value={names.length} /> verified{" "}
      {names.length === 1 ? "crawler" : "crawlers"}:{" "}
      {[...new Set(names)].join(", ")}
    </>
  );
}
