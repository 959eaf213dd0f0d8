import { page } from "fresh";
import { IncidentCard } from "../../../components/incidents/incident_card.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { linkTo, Pager } from "../../../components/ui/pager.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../../components/ui/undo_entry.tsx";
import { Refusal } from "../../../lib/base/refusal.ts";
import { ownValue } from "../../../lib/base/own_value.ts";
import { incidentTraffic } from "../../../lib/console/incident_traffic.ts";
import { openIncidents } from "../../../lib/console/open_incidents.ts";
import type { Traffic } from "../../../lib/console/traffic.ts";
import {
  listIncidents,
  setIncidentActive,
} from "../../../lib/detection/incidents/store.ts";
import { listQuery, wordParam } from "../../../lib/http/list_query.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { appendAudit } from "../../../lib/store/audit.ts";
import { define } from "../../../signed_in.ts";

const VIEWS = { open: "Open", resolved: "Decided" } as const;
const BULK_FORM = "bulk";
/** How many cards show what their attack did, and how long each may be read, in milliseconds. */
const WITH_TRAFFIC = 8;
const TRAFFIC_MS = 120;
const MOST = 500;

const DONE: Record<string, string> = {
  resolve: "Dismissed. What was seen until now does not open it again.",
  undo: "Undone.",
  gone: "That is not in force any more: nothing was changed.",
};

export const handler = define.handlers({
  async GET(ctx) {
    const { services } = ctx.state;
    const { kv, now } = services;
    const params = ctx.url.searchParams;
    const view = wordParam(params, "view", ["open", "resolved"]);
    ctx.state.title = "Incidents";
    const found = await listIncidents(kv, {
      ...listQuery(params, 20),
      active: view === "open",
      now: now(),
    });
    const traffic = new Map<string, Traffic>();
    for (const incident of found.items.slice(0, WITH_TRAFFIC)) {
      traffic.set(
        incident.id,
        await incidentTraffic(services, incident.addresses, {
          since: incident.first_seen,
          until: incident.last_seen + 1,
          budgetMs: TRAFFIC_MS,
        }),
      );
    }
    return page({ view, now: now(), found, traffic });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now } = services;
    const form = await readForm(ctx.req, ["action", "id", "all", "why"]);
    if (form.get("action") !== "resolve") {
      throw new Refusal("malformed", "Cannot change incidents: unknown action");
    }
    const open = (await openIncidents(kv, now())).slice(0, MOST);
    const chosen = new Set(form.getAll("id"));
    const ids = open.map(({ id }) => id).filter((id) =>
      form.get("all") === "1" || chosen.has(id)
    );
    if (ids.length === 0) return ctx.redirect("/admin/incidents", 303);
    const why = (form.get("why") ?? "").trim().slice(0, 400) || "dismissed";
    for (const id of ids) {
      await setIncidentActive(kv, id, false, {
        ...{ by: user.username, why, now: now() },
      });
    }
    const entry = await appendAudit(kv, {
      who: user.username,
      what: "resolve_incident",
      target: ids.length === 1
        ? `incident ${ids[0]}`
        : `${ids.length} incidents`,
      from: visitor.ip,
      why,
      reverse: { kind: "incidents", ids, is_active: true },
    }, now());
    return ctx.redirect(
      `/admin/incidents?done=resolve&undo=${undoId(entry)}`,
      303,
    );
  },
});

export default define.page<typeof handler>(function Incidents({ data, url }) {
  const { view, found, traffic, now } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const undo = undoParam(url.searchParams);
  const isOpen = view === "open";
  return (
    <>
      <h1>Incidents</h1>
      {done && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/incidents" />}
        </Notice>
      )}
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
      {isOpen && found.items.length > 1 && (
        <form method="post" id={BULK_FORM} class="panel tight row">
          <strong>Selected:</strong>
          <input
            name="why"
            maxLength={400}
            placeholder="a reason"
            aria-label="Reason"
            autocomplete="off"
          />
          <button
            class="quiet small"
            type="submit"
            name="action"
            value="resolve"
          >
            Dismiss
          </button>
          <label class="inline">
            <input type="checkbox" name="all" value="1" /> all that are open
          </label>
        </form>
      )}
      {found.items.length > 0
        ? (
          <ul class="incidents">
            {found.items.map((incident) => (
              <IncidentCard
                key={incident.id}
                incident={incident}
                traffic={traffic.get(incident.id) ?? null}
                now={now}
                selectFor={isOpen && found.items.length > 1
                  ? BULK_FORM
                  : undefined}
              />
            ))}
          </ul>
        )
        : (
          <div class="panel flush">
            <p class="empty">
              {isOpen
                ? "Nothing waits for a decision."
                : "Nothing has been decided yet."}
            </p>
          </div>
        )}
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
