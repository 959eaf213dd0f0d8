import { page } from "fresh";
import { LiveToggle } from "../../components/requests/live_toggle.tsx";
import { NothingMatched } from "../../components/requests/nothing_matched.tsx";
import { RequestPanel } from "../../components/requests/request_panel.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { linkTo, Pager } from "../../components/ui/pager.tsx";
import { RangePicker } from "../../components/ui/range_picker.tsx";
import { RequestFilters } from "../../components/requests/request_filters.tsx";
import {
  type FilterInUse,
  filtersIn,
  withoutFilter,
} from "../../components/ui/filter_chips.tsx";
import { RequestTable } from "../../components/requests/request_table.tsx";
import { SavedFilters } from "../../components/requests/saved_filters.tsx";
import LiveTail from "../../islands/live_tail.tsx";
import {
  type DashboardRange,
  dashboardRange,
} from "../../lib/console/dashboard_range.ts";
import { readTraffic, type Traffic } from "../../lib/console/traffic.ts";
import { type Count, countMatching } from "../../lib/log/count_matching.ts";
import type { ChunkFilter } from "../../lib/log/log_chunk.ts";
import { recordById } from "../../lib/log/record_by_id.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import {
  pageRequests,
  type RequestPage,
  type TimeRange,
} from "../../lib/log/request_query.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import {
  filterQuery,
  forgetFilter,
  listSavedFilters,
  type SavedFilter,
  saveFilter,
} from "../../lib/log/saved_filters.ts";
import { formatPosition } from "../../lib/log/tail_position.ts";
import { listQuery, timeParam, wordParam } from "../../lib/http/list_query.ts";
import { HOUR } from "../../lib/base/duration.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define, type State } from "../../signed_in.ts";

interface Data {
  found: RequestPage;
  /** The number of all that match, of which a page is shown. */
  total: Count | null;
  /** The number of hidden requests of the console; null if they are shown. */
  consoleCount: Count | null;
  /** For an empty list: the number of requests without each filter. */
  without: { filter: FilterInUse; found: Count }[];
  opened: { record: RequestRecord; hour: Traffic | null } | null;
  range: DashboardRange;
  saved: SavedFilter[];
  /** The position from which the live view continues; null if it is off. */
  after: string | null;
  now: number;
  error: string | null;
}

const DONE: Record<string, string> = {
  save: "The filter is saved.",
  forget: "The filter is removed.",
};
const EMPTY: RequestPage = { items: [], ids: [], cursor: null };

/** The time limit of each count, in milliseconds. */
const COUNT_MS = 250;
const WITHOUT_MS = 120;
const MAX_WITHOUT = 6;

/** The filters of a URL; the console's own requests are hidden by default. */
function askedFilters(params: URLSearchParams): URLSearchParams {
  const query = filterQuery(params);
  if (!query.has("console")) query.set("console", "hide");
  return query;
}

function rangeOf(params: URLSearchParams, now: number): Partial<TimeRange> {
  if (params.get("range")) {
    const { since, until } = dashboardRange(params, now);
    return { from: since, to: until };
  }
  return {
    from: timeParam(params, "since", now),
    to: timeParam(params, "until", now),
  };
}

async function load(
  state: State,
  params: URLSearchParams,
  url: URL,
  refusal: Refusal | null,
) {
  const { kv, now, tail, addresses } = state.services;
  state.title = "Requests";
  const data: Data = {
    found: EMPTY,
    total: null,
    consoleCount: null,
    without: [],
    opened: null,
    range: dashboardRange(new URLSearchParams(), now()),
    saved: await listSavedFilters(kv, state.user.id),
    after: null,
    now: now(),
    error: refusal?.message ?? null,
  };
  try {
    if (params.get("range") || params.get("since") || params.get("until")) {
      data.range = dashboardRange(params, now());
    }
    const filters = askedFilters(params);
    const filter = requestFilter(filters, addresses);
    const isLive = wordParam(params, "live", ["0", "1"]) === "1" &&
      !params.has("cursor");
    // Read before the page: requests in between are in both, and deduplicated by their ids.
    if (isLive) data.after = formatPosition(await tail.now());
    const range = rangeOf(params, now());
    const count = (
      filter: ChunkFilter,
      { from = 0, to = now() + 1 } = range,
      ms = COUNT_MS,
    ) => countMatching(kv, { from, to }, now, filter, ms);
    data.found = await pageRequests(
      kv,
      { ...listQuery(params), filter, range },
      now,
    );
    const { items, cursor } = data.found;
    // A page with all matches needs no count.
    data.total = cursor === null && !params.get("cursor")
      ? { count: items.length, isAll: true }
      : await count(filter);
    if (filters.get("console") === "hide") {
      data.consoleCount = await count({ ...filter, console: "only" });
    }
    data.opened = await openedOf(state, data.found, params.get("open"));
    if (data.found.items.length === 0) {
      for (const each of filtersIn(url).slice(0, MAX_WITHOUT)) {
        const rest = new URL(withoutFilter(url, each), url).searchParams;
        data.without.push({
          filter: each,
          found: await count(
            requestFilter(askedFilters(rest), addresses),
            rangeOf(rest, now()),
            WITHOUT_MS,
          ),
        });
      }
    }
    return page(data, { status: refusal?.status ?? 200 });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return page({ ...data, after: null, error: error.message }, {
      status: 400,
    });
  }
}

/** The record that is opened beside the list, with its address's hour before it. */
async function openedOf(
  { services: { kv, now, addresses } }: State,
  { items, ids }: RequestPage,
  id: string | null,
): Promise<Data["opened"]> {
  if (!id) return null;
  // New requests may have moved it to another page.
  const record = items[ids.indexOf(id)] ?? await recordById(kv, id, now);
  if (record === null) return null;
  const { ip_address: ip, timestamp } = record;
  const hour = await readTraffic(kv, {
    ...{ since: timestamp - HOUR, until: timestamp + 1, by: "minute" },
    filter: requestFilter(new URLSearchParams({ ip }), addresses),
    ...{ top: 5, budgetMs: COUNT_MS },
  }, now);
  return { record, hour };
}

/** The fields of this page's forms. */
const FIELDS = ["action", "name", "query"];

export const handler = define.handlers({
  GET: (ctx) => load(ctx.state, ctx.url.searchParams, ctx.url, null),

  async POST(ctx) {
    const { kv } = ctx.state.services;
    const userId = ctx.state.user.id;
    const form = await readForm(ctx.req, FIELDS);
    const action = form.get("action") ?? "";
    const name = form.get("name") ?? "";
    const params = new URLSearchParams(form.get("query") ?? "");
    try {
      if (action === "save") {
        requestFilter(params);
        await saveFilter(kv, userId, { name, params });
      } else if (action === "forget") await forgetFilter(kv, userId, name);
      else {throw new Refusal(
          "malformed",
          "Cannot change filters: unknown action",
        );}
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return load(ctx.state, ctx.url.searchParams, ctx.url, error);
    }
    const query = filterQuery(
      action === "save" ? params : ctx.url.searchParams,
    );
    query.set("done", action);
    return ctx.redirect(`/admin/requests?${query}`, 303);
  },
});

export default define.page<typeof handler>(function Requests({ data, url }) {
  const { found, saved, after, now, error, consoleCount, total, opened } = data;
  const filters = filterQuery(url.searchParams);
  const query = filters.toString();
  const done = ownValue(DONE, url.searchParams.get("done") ?? "");
  const isLive = after !== null;
  const menu = new URLSearchParams(filters);
  if (isLive) menu.set("live", "1");
  const range = url.searchParams.get("range");
  if (range) menu.set("range", range);
  const kept = new URLSearchParams(menu);
  for (const name of ["range", "since", "until"]) kept.delete(name);
  const open = url.searchParams.get("open");
  return (
    <>
      <div class="row between">
        <h1>Requests</h1>
        <LiveToggle url={url} />
      </div>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && <Notice kind="good">{done}</Notice>}
      <RequestFilters url={url}>
        <SavedFilters filters={saved} query={query} isOpen={error !== null} />
      </RequestFilters>
      <RangePicker
        range={data.range}
        keep={kept}
        all={{
          href: linkTo(url, {
            ...{ range: null, since: null, until: null, cursor: null },
          }),
          isCurrent: !["range", "since", "until"].some((name) =>
            url.searchParams.get(name)
          ),
        }}
      />
      <div class="row between">
        <p class="muted">
          {total && (
            <>
              {total.isAll ? "" : "At least "}
              <Num value={total.count} />{" "}
              {total.count === 1 ? "request" : "requests"}
            </>
          )}
          {consoleCount && consoleCount.count > 0 && (
            <>
              ; {consoleCount.isAll ? "" : "at least "}
              <Num value={consoleCount.count} /> of the console itself hidden (
              <a
                href={linkTo(url, { console: "show", cursor: null })}
                aria-current="false"
              >
                show
              </a>)
            </>
          )}
        </p>
        {total && total.count > 0 && (
          <ExportLinks
            total={total}
            filters={filters}
            range={range ? data.range : null}
          />
        )}
      </div>
      {isLive && (
        <LiveTail
          query={askedFilters(url.searchParams).toString()}
          menuQuery={menu.toString()}
          after={after}
          known={found.ids}
        >
          <span class="muted">
            Pauses while you point at a row, are in the table, or scroll.
          </span>
          <noscript>Reload the page to see what is new.</noscript>
        </LiveTail>
      )}
      {open && !opened && !error && (
        <Notice kind="info">
          The request that this link is about is not in the log any more.
        </Notice>
      )}
      <div class={opened ? "beside" : "stack"}>
        <div class="panel flush">
          {found.items.length > 0 || isLive
            ? (
              <RequestTable
                records={found.items}
                ids={found.ids}
                now={now}
                query={menu.toString()}
                isLive={isLive}
                openHref={(id) => `${linkTo(url, { open: id })}#record`}
                open={open}
              />
            )
            : data.without.length > 0
            ? <NothingMatched url={url} without={data.without} />
            : error
            ? <p class="empty">Nothing is shown until the filter is valid.</p>
            : <p class="empty">No request has been logged yet.</p>}
        </div>
        {opened && (
          <RequestPanel
            {...opened}
            closeHref={linkTo(url, { open: null })}
            now={now}
          />
        )}
      </div>
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});

function ExportLinks(
  { total, filters, range }: {
    total: Count;
    filters: URLSearchParams;
    range: DashboardRange | null;
  },
) {
  const file = (format: string) => {
    const params = new URLSearchParams(filters);
    if (!params.has("console")) params.set("console", "hide");
    if (range) {
      params.set("since", new Date(range.since).toISOString());
      params.set("until", new Date(range.until).toISOString());
    }
    params.set("format", format);
    return `/admin/requests/export?${params}`;
  };
  return (
    <div class="row">
      <a class="button quiet small" href={file("csv")} f-client-nav={false}>
        Export these <Num value={total.count} />
        {total.isAll ? "" : " and more"} as CSV
      </a>
      <a class="button quiet small" href={file("json")} f-client-nav={false}>
        as JSON
      </a>
    </div>
  );
}
