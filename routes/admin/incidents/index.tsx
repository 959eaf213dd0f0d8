import { page } from "fresh";
import { IncidentCard } from "../../../components/incidents/incident_card.tsx";
import { DecideMany } from "../../../components/incidents/decide_many.tsx";
import { IncidentFilters } from "../../../components/incidents/incident_filters.tsx";
import { BULK_FORM, BulkBar } from "../../../components/ui/bulk_bar.tsx";
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
import {
  listIncidentsOn,
  type Listing,
  type ListingPreview,
  previewListing,
} from "../../../lib/console/list_incidents.ts";
import { settleIncidents } from "../../../lib/console/settle.ts";
import type { Traffic } from "../../../lib/console/traffic.ts";
import {
  INCIDENT_FILTERS,
  incidentFilter,
  type IncidentState,
} from "../../../lib/detection/incidents/filter.ts";
import { listIncidents } from "../../../lib/detection/incidents/store.ts";
import type { AuditEntry } from "../../../lib/store/audit.ts";
import { listQuery, wordParam } from "../../../lib/http/list_query.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { define, type State } from "../../../signed_in.ts";

/** The views: incidents by state. */
const VIEWS = {
  open: { label: "Open", state: "open" },
  watched: { label: "Watched", state: "watched" },
  blocked: { label: "Blocked", state: "blocked" },
  refused: { label: "Refused", state: "refused" },
  safelisted: { label: "Safelisted", state: "safelisted" },
  dismissed: { label: "Dismissed", state: "dismissed" },
  resolved: { label: "All decided", state: "decided" },
} as const satisfies Record<string, { label: string; state: IncidentState }>;

type View = keyof typeof VIEWS;

const VIEW_NAMES = Object.keys(VIEWS) as [View, ...View[]];

/** The number of cards with their traffic, and the time limit of each, in milliseconds. */
const WITH_TRAFFIC = 8;
const TRAFFIC_MS = 120;
/** The limit of incidents decided at once. */
const MOST = 500;

const DONE: Record<string, string> = {
  resolve: "dismissed. Evidence up to now does not reopen what was dismissed.",
  reopen: "reopened.",
  block: "decided: who took part is blocked, everywhere within a second.",
  allow: "decided: who took part is on the safelist.",
};
const ACTIONS = ["resolve", "reopen", "block", "allow"] as const;

const RESULTS: Record<string, string> = {
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

/** The fields of this page's forms. */
const FIELDS = ["action", "all", "why", "for", "confirmed"];

function isOpen(view: View): boolean {
  return view === "open" || view === "watched";
}

/** Actions that are previewed first. */
interface Asked {
  listing: Listing;
  ids: string[];
  preview: ListingPreview;
  why: string;
}

async function load(
  state: State,
  params: URLSearchParams,
  asked: Asked | null = null,
  error: string | null = null,
) {
  const { services } = state;
  const { kv, now } = services;
  const view = wordParam(params, "view", VIEW_NAMES);
  state.title = "Incidents";
  const found = await listIncidents(kv, {
    ...listQuery(params, 20),
    filter: { ...incidentFilter(params, now()), state: VIEWS[view].state },
    now: now(),
  });
  const traffic = new Map<string, Traffic>();
  for (const incident of found.items.slice(0, WITH_TRAFFIC)) {
    traffic.set(
      incident.id,
      await incidentTraffic(services, incident, TRAFFIC_MS),
    );
  }
  return { view, now: now(), found, traffic, asked, error };
}

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, ctx.url.searchParams));
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now } = services;
    const params = ctx.url.searchParams;
    const form = await readForm(ctx.req, FIELDS, ["id"]);
    const action = ACTIONS.find((each) => each === form.get("action"));
    if (action === undefined) {
      throw new Refusal("malformed", "Cannot change incidents: unknown action");
    }
    // Only incidents that match the page's view and filters; "all" means all of these.
    const view = wordParam(params, "view", VIEW_NAMES);
    const { items } = await listIncidents(kv, {
      limit: MOST,
      filter: { ...incidentFilter(params, now()), state: VIEWS[view].state },
      now: now(),
    });
    const chosen = new Set(form.getAll("id"));
    const incidents = items.filter(({ id }) =>
      form.get("all") === "1" || chosen.has(id)
    );
    const ids = incidents.map(({ id }) => id);
    const who = { by: user.username, from: visitor.ip };
    const why = (form.get("why") ?? "").trim().slice(0, 400);
    let entry: AuditEntry | null;
    let count = ids.length;
    if (action === "block" || action === "allow") {
      const listing = action;
      try {
        if (ids.length === 0) {
          throw new Refusal(
            "invalid",
            `Cannot ${action} anybody: expected at least one incident`,
          );
        }
        if (form.get("confirmed") !== "1") {
          const preview = await previewListing(
            ...[services, listing, incidents, visitor.ip] as const,
          );
          const asked = { listing, ids, preview, why };
          return page(await load(ctx.state, params, asked));
        }
        const done = await listIncidentsOn(services, {
          ...{ listing, incidents, who, for: form.get("for") ?? "24h" },
          why: why ||
            `${ids.length} ${ids.length === 1 ? "incident" : "incidents"}`,
        });
        entry = done.entry;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const data = await load(ctx.state, params, null, `${error.message}.`);
        return page(data, { status: error.status });
      }
    } else {
      const settled = await settleIncidents(services, ids, {
        ...{ isActive: action === "reopen", who },
        why: why || (action === "resolve" ? "dismissed" : ""),
      });
      entry = settled.entry;
      count = settled.changed.length;
    }
    const query = new URLSearchParams();
    for (const name of ["view", ...INCIDENT_FILTERS]) {
      const value = params.get(name);
      if (value) query.set(name, value);
    }
    if (entry) {
      query.set("done", action);
      query.set("n", String(count));
      query.set("undo", undoId(entry));
    }
    const rest = query.size > 0 ? `?${query}` : "";
    return ctx.redirect(`/admin/incidents${rest}`, 303);
  },
});

export default define.page<typeof handler>(function Incidents({ data, url }) {
  const { view, found, traffic, now, asked, error } = data;
  const { searchParams: params } = url;
  const what = ownValue(DONE, params.get("done"));
  const count = /^\d{1,4}$/.exec(params.get("n") ?? "")?.[0] ?? "0";
  const done = what
    ? `${count} ${count === "1" ? "incident" : "incidents"} ${what}`
    : ownValue(RESULTS, params.get("done"));
  const undo = undoParam(params);
  const isFiltered = INCIDENT_FILTERS.some((name) => params.get(name));
  return (
    <>
      <h1>Incidents</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && !asked && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/incidents" />}
        </Notice>
      )}
      {asked && (
        <DecideMany
          {...asked}
          cancel={linkTo(url, { done: null, n: null, undo: null })}
        />
      )}
      <p class="muted">
        An incident is one attack, however many addresses take part. Its{" "}
        <a href="/admin/suspicious">findings</a> are its evidence.
      </p>
      <nav class="row" aria-label="Which incidents">
        {Object.entries(VIEWS).map(([name, { label }]) => (
          <a
            class="chip"
            key={name}
            href={linkTo(url, {
              view: name === "open" ? null : name,
              cursor: null,
            })}
            aria-current={name === view ? "true" : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      <IncidentFilters url={url} />
      {found.items.length > 0 && (
        <BulkBar
          name="action"
          actions={isOpen(view)
            ? [
              { value: "resolve", label: "Dismiss" },
              { value: "block", label: "Block…", danger: true },
              { value: "allow", label: "Add to the safelist…" },
            ]
            : [{ value: "reopen", label: "Reopen" }]}
          most={Math.min(found.total, MOST)}
          asksWhy={isOpen(view)}
        />
      )}
      {found.items.length > 1 && (
        <p class="muted">
          {isOpen(view)
            ? "The most serious first, then the latest."
            : "The latest first."}
        </p>
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
                selectFor={BULK_FORM}
              />
            ))}
          </ul>
        )
        : (
          <div class="panel flush">
            <p class="empty">
              {isFiltered
                ? (
                  <>
                    No incident in this view matches.{" "}
                    <a
                      href={linkTo(url, {
                        ...Object.fromEntries(
                          INCIDENT_FILTERS.map((name) => [name, null]),
                        ),
                        cursor: null,
                      })}
                      aria-current="false"
                    >
                      Show all of them
                    </a>
                  </>
                )
                : view === "open"
                ? "There are no open incidents."
                : view === "watched"
                ? "Nothing is watched."
                : view === "resolved"
                ? "There are no decided incidents."
                : `Nothing has been ${view} yet.`}
            </p>
          </div>
        )}
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
