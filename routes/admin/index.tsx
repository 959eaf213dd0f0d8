import { type Context, page } from "fresh";
import { SeriesTable } from "../../components/ui/series_table.tsx";
import {
  type CountryRow,
  countrySort,
  CountryTable,
} from "../../components/overview/country_table.tsx";
import { Decisions } from "../../components/overview/decisions.tsx";
import { HeatMap } from "../../components/overview/heat_map.tsx";
import { Strips } from "../../components/overview/strips.tsx";
import {
  LIST_NAMES,
  type ListName,
  TrafficLists,
} from "../../components/overview/traffic_lists.tsx";
import { WorldMap } from "../../components/overview/world_map.tsx";
import { Change } from "../../components/overview/change.tsx";
import { FilterChips, filtersIn } from "../../components/ui/filter_chips.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { linkTo } from "../../components/ui/pager.tsx";
import { RangePicker } from "../../components/ui/range_picker.tsx";
import { ExactTime, Time } from "../../components/ui/time.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../components/ui/undo_entry.tsx";
import { ownValue } from "../../lib/base/own_value.ts";
import { settleIncidents } from "../../lib/console/settle.ts";
import { readForm } from "../../lib/http/request_body.ts";
import {
  type DashboardRange,
  dashboardRange,
} from "../../lib/console/dashboard_range.ts";
import { openIncidents } from "../../lib/console/open_incidents.ts";
import {
  incidentsFor,
  type Overview,
  readOverview,
  trafficFilters,
} from "../../lib/console/overview.ts";
import { wordParam } from "../../lib/http/list_query.ts";
import { worldShapes } from "../../lib/map/world.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { peerAddress } from "../../lib/guard/info.ts";
import { firstSteps } from "../../lib/console/first_steps.ts";
import { FirstSteps } from "../../components/overview/first_steps.tsx";
import { define, type State } from "../../signed_in.ts";
import { DAY } from "../../lib/base/duration.ts";

/** Rows read per list; only a few are shown until it is expanded. */
const READ_ROWS = 250;
/** From this number of days on, each hour of the week occurs more than once. */
const HEAT_FROM_MS = 7 * DAY;

const DONE: Record<string, string> = {
  resolve: "Dismissed. Evidence up to now does not reopen it.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

const ALL = ["", ...LIST_NAMES] as const;

export const handler = define.handlers({
  async GET(ctx) {
    const { services } = ctx.state;
    const { kv, now, operators, geo } = services;
    const params = ctx.url.searchParams;
    ctx.state.title = "Overview";
    // Computed once: an open range ends at the time of the request, however long reading takes.
    const at = now();
    const asked = readAsked(params, at);
    const { range, filters } = asked;
    const [overview, incidents, shapes, steps] = await Promise.all([
      readOverview(services, range, filters, READ_ROWS),
      openIncidents(kv, at),
      worldShapes(),
      stepsFor(ctx),
    ]);
    return page({
      ...asked,
      overview,
      incidents: incidentsFor(incidents, filters, {
        operatorOf: (ip) => operators.operatorOf(ip),
        countryOf: (ip) => geo.peek(ip)?.country_code,
      }),
      shapes,
      steps,
      ip: ctx.state.visitor.ip,
      now: at,
    }, { status: asked.error ? 400 : 200 });
  },

  /** Dismisses an incident on this page, so that the list gets shorter. */
  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const form = await readForm(ctx.req, ["action", "id"]);
    if (form.get("action") !== "resolve") {
      throw new Refusal("malformed", "Cannot decide: unknown action");
    }
    const { entry } = await settleIncidents(services, [form.get("id") ?? ""], {
      ...{ isActive: false, why: "dismissed" },
      who: { by: user.username, from: visitor.ip },
    });
    const undo = entry && undoId(entry);
    return ctx.redirect(
      linkTo(ctx.url, undo ? { done: "resolve", undo } : {}),
      303,
    );
  },
});

/** The open first steps after the first login, by the actual state for this user. */
function stepsFor({ req, info, state }: Context<State>) {
  const { services, user, visitor } = state;
  const { clientIp, alerts, authorize } = services;
  const given = peerAddress(info.remoteAddr);
  return firstSteps(services, {
    userId: authorize === null ? user.id : null,
    ip: visitor.ip,
    proxyHints: clientIp.explain(req.headers, given).hints,
    hasWebhook: alerts.receiver !== null,
  }, user.id);
}

/** The range of the URL; for an invalid one, an error and the last 24 hours. */
function readAsked(params: URLSearchParams, now: number): {
  range: DashboardRange;
  filters: URLSearchParams;
  only: ListName | null;
  error: string | null;
} {
  try {
    const filters = trafficFilters(params);
    return {
      range: dashboardRange(params, now),
      filters,
      only: wordParam(params, "all", ALL) || null,
      error: null,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const none = new URLSearchParams();
    return {
      range: dashboardRange(none, now),
      filters: none,
      only: null,
      error: error.message,
    };
  }
}

export default define.page<typeof handler>(function OverviewPage(
  { data, url },
) {
  const { range, overview, incidents, filters, only, error, now } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const undo = undoParam(url.searchParams);
  const inUse = filtersIn(url, ["since", "until"]);
  const rangeOnly = new URLSearchParams(
    ["range", "since", "until"].flatMap((name) => {
      const value = url.searchParams.get(name);
      return value ? [[name, value]] : [];
    }),
  );
  const kept = new URLSearchParams(filters);
  if (countrySort(url.searchParams) === "name") kept.set("sort", "name");
  const zoom = (since: string, until: string) =>
    linkTo(url, { range: null, since, until });
  return (
    <>
      <div class="row between">
        <h1>Overview</h1>
        <RangePicker range={range} keep={kept} />
      </div>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin" />}
        </Notice>
      )}
      <FirstSteps steps={data.steps} ip={data.ip} />
      <FilterChips
        url={url}
        filters={inUse}
        clear={rangeOnly.size ? `/admin?${rangeOnly}` : "/admin"}
      />
      <div class="stack" data-refresh={range.until >= now ? "30" : undefined}>
        <p class="muted row between">
          <span>
            <ExactTime at={range.since} now={now} /> to{" "}
            <ExactTime at={range.until} now={now} />, compared with the{" "}
            {range.label} before
          </span>
          <span>
            updated <Time at={now} now={now} />
          </span>
        </p>
        <Decisions
          incidents={incidents}
          isFiltered={filters.size > 0}
          now={now}
        />
        <Traffic
          {...{ overview, range, url, only, zoom }}
          shapes={data.shapes}
        />
      </div>
    </>
  );
});

function Traffic(
  { overview, range, url, only, zoom, shapes }: {
    overview: Overview;
    range: DashboardRange;
    url: URL;
    only: ListName | null;
    zoom: (since: string, until: string) => string;
    shapes: Awaited<ReturnType<typeof worldShapes>>;
  },
) {
  const { totals, before, top } = overview;
  const sort = countrySort(url.searchParams);
  const filter = (name: string, value: string) =>
    linkTo(url, { [name]: value, all: null });
  const log = new URLSearchParams(trafficFilters(url.searchParams));
  log.set("since", new Date(range.since).toISOString());
  if (range.name === "custom") {
    log.set("until", new Date(range.until).toISOString());
  }
  return (
    <>
      <section class="panel" aria-labelledby="traffic">
        <div class="row between">
          <h2 id="traffic">Requests</h2>
          <p class="muted">
            <a href={`/admin/requests?${log}`}>
              <Num value={totals.requests} />{" "}
              {totals.requests === 1 ? "request" : "requests"}
            </a>
            {before && (
              <>
                {" "}(<Change
                  value={totals.requests}
                  before={before.requests}
                  period={range.label}
                />)
              </>
            )} by <Num value={totals.clients} />{" "}
            {totals.clients === 1 ? "client" : "clients"}
            {before && (
              <>
                {" "}(<Change
                  value={totals.clients}
                  before={before.clients}
                  period={range.label}
                />)
              </>
            )}
            {overview.p95_ms !== null && (
              <>
                ; <Num value={0.95} options={{ style: "percent" }} />{" "}
                answered within{" "}
                <Num
                  value={overview.p95_ms}
                  options={{ maximumSignificantDigits: 2 }}
                />{" "}
                ms
              </>
            )}
          </p>
        </div>
        <Strips
          series={overview.series}
          by={range.by}
          totals={totals}
          before={before}
          period={range.label}
          zoom={zoom}
        />
        <SeriesTable
          series={overview.series}
          by={range.by}
          filters={log}
        />
        <Counted overview={overview} since={range.since} />
      </section>
      {only && (
        <p>
          <a href={linkTo(url, { all: null })} aria-current="false">
            ← All lists
          </a>
        </p>
      )}
      <TrafficLists
        top={top}
        more={overview.more}
        total={totals.requests}
        counted={overview.more_requests}
        filter={filter}
        all={(name) => linkTo(url, { all: name })}
        only={only}
        range={range.name === "custom"
          ? {
            since: new Date(range.since).toISOString(),
            until: new Date(range.until).toISOString(),
          }
          : { range: range.name }}
      />
      {!only && range.until - range.since >= HEAT_FROM_MS && (
        <section class="panel">
          <h2>Hour by weekday (UTC)</h2>
          <HeatMap heat={overview.heat} />
        </section>
      )}
      {!only && (
        <section class="panel" id="countries">
          <h2>Map</h2>
          <div class="split">
            <WorldMap shapes={shapes} rows={top.countries} />
            <CountryTable
              rows={top.countries}
              total={totals.requests}
              sort={sort}
              sortHref={(sort) =>
                linkTo(url, { sort: sort === "name" ? sort : null }) +
                "#countries"}
              link={(row: CountryRow) => filter("country", row.country_code)}
            />
          </div>
        </section>
      )}
    </>
  );
}

/** The numbers that are incomplete or not exact. */
function Counted({ overview, since }: { overview: Overview; since: number }) {
  const { counted_since, more_since, more_requests, isEstimate } = overview;
  const notes = [
    counted_since > since && (
      <>
        Not everything could be counted in time: the numbers are from{" "}
        <ExactTime at={counted_since} /> on.
      </>
    ),
    counted_since <= since && more_since > since && (
      <>
        Operators, users, bots, browsers, signals, failing and slow paths are of
        the latest <Num value={more_requests} /> requests, from{" "}
        <ExactTime at={more_since} /> on.
      </>
    ),
    isEstimate && (
      <>
        The number of clients is an estimate (±{" "}
        <Num
          value={0.016}
          options={{ style: "percent", maximumFractionDigits: 1 }}
        />), and rare entries of the lists may be a little too low.
      </>
    ),
  ].filter((note) => note !== false);
  return notes.length === 0 ? null : (
    <p class="muted">
      {notes.map((note, at) => <span key={at} class="note">{note}</span>)}
    </p>
  );
}
