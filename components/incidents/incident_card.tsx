import type { Traffic } from "../../lib/console/traffic.ts";
import {
  decisionOf,
  type Incident,
  isSiteWide,
  requestsOf,
  titleOf,
} from "../../lib/detection/incidents/incident.ts";
import { SeverityBadge } from "../findings/finding_list.tsx";
import { Num } from "../ui/number.tsx";
import { Sparkline } from "../ui/sparkline.tsx";
import { ExactTime, Time } from "../ui/time.tsx";

/** One attack as a card: rule, participants, start, effect, and the link to decide. */
export function IncidentCard(
  { incident, traffic, now, selectFor }: {
    incident: Incident;
    /** The traffic of its addresses during it; null if it was not read. */
    traffic: Traffic | null;
    now: number;
    /** The id of the form for the selected cards. */
    selectFor?: string;
  },
) {
  const { id, addresses, networks, operators, is_active } = incident;
  const title = titleOf(incident);
  return (
    <li class="panel incident" data-row-link={`/admin/incidents/${id}`}>
      <div class="row">
        {selectFor && (
          <input
            type="checkbox"
            name="id"
            value={id}
            form={selectFor}
            aria-label={`Select ${title}`}
          />
        )}
        <SeverityBadge severity={incident.severity} />
        <h2>
          <a href={`/admin/incidents/${id}`}>{title}</a>
        </h2>
        {traffic && <Sparkline series={traffic.series} />}
      </div>
      <p>
        {isSiteWide(incident) ? "The site as a whole" : (
          <>
            <Num value={addresses.length} />{" "}
            {addresses.length === 1 ? "address" : "addresses"} of{" "}
            <Num value={networks.length} />{" "}
            {networks.length === 1 ? "network" : "networks"}
          </>
        )}
        {operators.length > 0 &&
          ` (${operators.slice(0, 3).join(", ")}${
            operators.length > 3 ? ` and ${operators.length - 3} more` : ""
          })`}
        , since <Time at={incident.first_seen} now={now} />, last{" "}
        <Time at={incident.last_seen} now={now} />.
      </p>
      <p>
        {traffic ? <Got traffic={traffic} incident={incident} /> : (
          <>
            <Num value={requestsOf(incident)} /> requests counted.
          </>
        )}
      </p>
      {!is_active && (
        <p class="muted">
          <span class="badge">{decisionOf(incident)}</span> by{" "}
          {incident.decided_by}
          {incident.reason && `: ${incident.reason}`}.
        </p>
      )}
      {is_active && incident.is_watched && (
        <p class="muted">
          <span class="badge">watched</span> by {incident.decided_by}.
        </p>
      )}
      {is_active && (
        <div class="row">
          <a
            class="button small"
            href={`/admin/incidents/${id}?preview=block`}
            aria-label={`Decide: ${title}`}
          >
            Decide…
          </a>
          <form method="post" class="inline">
            <input type="hidden" name="id" value={id} />
            <button
              class="quiet small"
              type="submit"
              name="action"
              value="resolve"
              aria-label={`Dismiss: ${title}`}
            >
              Dismiss
            </button>
          </form>
        </div>
      )}
    </li>
  );
}

/** How far an attack got: what was refused, what was answered, and whether a login succeeded. */
export function Got(
  { traffic, incident }: { traffic: Traffic; incident: Incident },
) {
  const { totals, more, top } = traffic;
  const refused = totals.blocked + totals.limited + totals.challenged;
  const ok = top.statuses.find(({ name }) => name === "2xx")?.requests ?? 0;
  const isWhole = traffic.counted_since <= traffic.since;
  // If it covers everybody's requests, signed-in users say nothing about the attack.
  const names = isSiteWide(incident)
    ? []
    : more.usernames.map(({ name }) => name);
  const bots = isSiteWide(incident) ? [] : more.bots.map(({ name }) => name);
  return (
    <>
      {!isWhole && "At least "}
      <Num value={totals.requests} />{" "}
      {totals.requests === 1 ? "request" : "requests"}, <Num value={refused} />
      {" "}
      refused; <Num value={ok} /> answered with 2xx
      {names.length > 0
        ? (
          <>
            , <strong>signed in: {names.join(", ")}</strong>
          </>
        )
        : isWhole && !isSiteWide(incident) && ", nobody signed in"}
      {bots.length > 0 && `; claims to be ${bots.slice(0, 3).join(", ")}`}
      {!isWhole && (
        <>
          {" "}
          (counted from <ExactTime at={traffic.counted_since} /> on)
        </>
      )}
      .
    </>
  );
}
