import { page } from "fresh";
import { SeverityBadge } from "../../../components/findings/finding_list.tsx";
import { linkTo, Pager } from "../../../components/ui/pager.tsx";
import { Time } from "../../../components/ui/time.tsx";
import {
  requestsOf,
  titleOf,
} from "../../../lib/detection/incidents/incident.ts";
import { listIncidents } from "../../../lib/detection/incidents/store.ts";
import { listQuery, wordParam } from "../../../lib/http/list_query.ts";
import { define } from "../../../signed_in.ts";

const VIEWS = { open: "Open", resolved: "Resolved" } as const;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    const view = wordParam(params, "view", ["open", "resolved"]);
    ctx.state.title = "Incidents";
    return page({
      view,
      now: now(),
      found: await listIncidents(kv, {
        ...listQuery(params),
        active: view === "open",
        now: now(),
      }),
    });
  },
});

export default define.page<typeof handler>(function Incidents({ data, url }) {
  const { view, found, now } = data;
  return (
    <>
      <h1>Incidents</h1>
      <p class="muted">
        One attack is one incident, however many addresses take part. Its{" "}
        <a href="/admin/suspicious">findings</a> are the evidence.
      </p>
      <nav class="row" aria-label="Which incidents">
        {Object.entries(VIEWS).map(([name, label]) => (
          <a
            class="chip"
            key={name}
            href={linkTo(url, { view: name, cursor: null })}
            aria-current={name === view ? "true" : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      <div class="panel flush">
        {found.items.length > 0
          ? (
            <table>
              <thead>
                <tr>
                  <th>Severity</th>
                  <th>Incident</th>
                  <th class="number">Addresses</th>
                  <th class="number">Requests</th>
                  <th>Last seen</th>
                </tr>
              </thead>
              <tbody>
                {found.items.map((incident) => (
                  <tr key={incident.id}>
                    <td>
                      <SeverityBadge severity={incident.severity} />
                    </td>
                    <td>
                      <a href={`/admin/incidents/${incident.id}`}>
                        {titleOf(incident)}
                      </a>
                    </td>
                    <td class="number">
                      {incident.addresses.length.toLocaleString("en")}
                    </td>
                    <td class="number">
                      {requestsOf(incident).toLocaleString("en")}
                    </td>
                    <td>
                      <Time at={incident.last_seen} now={now} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
          : (
            <p class="empty">
              {view === "open"
                ? "No attack is going on."
                : "Nothing has been resolved yet."}
            </p>
          )}
      </div>
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
