import {
  type Incident,
  isSiteWide,
  requestsOf,
  titleOf,
} from "../../lib/detection/incidents/incident.ts";
import { SeverityBadge } from "../findings/finding_list.tsx";
import { Num } from "../ui/number.tsx";
import { Time } from "../ui/time.tsx";

/** More would push the rest of the page down. */
const SHOWN = 5;

/** The incidents without a decision. */
export function Decisions(
  { incidents, isFiltered, now }: {
    incidents: Incident[];
    isFiltered: boolean;
    now: number;
  },
) {
  if (incidents.length === 0) {
    return (
      <section class="panel tight row between" aria-labelledby="decisions">
        <h2 id="decisions">Needs a decision</h2>
        <span class="badge good">
          ✓ {isFiltered ? "nothing matches these filters" : "nothing to decide"}
        </span>
      </section>
    );
  }
  return (
    <section class="panel flush" aria-labelledby="decisions">
      <div class="head row between">
        <h2 id="decisions">Needs a decision</h2>
        <a href="/admin/incidents">
          <Num value={incidents.length} /> open
        </a>
      </div>
      <ul class="decisions">
        {incidents.slice(0, SHOWN).map((incident) => (
          <li
            key={incident.id}
            data-row-link={`/admin/incidents/${incident.id}`}
          >
            <SeverityBadge severity={incident.severity} />
            <div>
              <a href={`/admin/incidents/${incident.id}`}>
                {titleOf(incident)}
              </a>
              <p class="muted">
                {!isSiteWide(incident) && (
                  <>
                    <Num value={requestsOf(incident)} /> requests of{" "}
                    <Num value={incident.addresses.length} />{" "}
                    {incident.addresses.length === 1 ? "address" : "addresses"},
                    {" "}
                  </>
                )}
                since <Time at={incident.first_seen} now={now} />, last{" "}
                <Time at={incident.last_seen} now={now} />
              </p>
            </div>
            <div class="row acts">
              <a
                class="button small"
                href={`/admin/incidents/${incident.id}?preview=block`}
                aria-label={`Decide: ${titleOf(incident)}`}
              >
                Decide…
              </a>
              <form method="post">
                <input type="hidden" name="id" value={incident.id} />
                <button
                  class="quiet small"
                  type="submit"
                  name="action"
                  value="resolve"
                  aria-label={`Dismiss: ${titleOf(incident)}`}
                >
                  Dismiss
                </button>
              </form>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
