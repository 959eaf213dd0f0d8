import { page } from "fresh";
import { LiveToggle } from "../../components/requests/live_toggle.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Pager } from "../../components/ui/pager.tsx";
import {
  filtersIn,
  RequestFilters,
} from "../../components/requests/request_filters.tsx";
import { RequestTable } from "../../components/requests/request_table.tsx";
import { SavedFilters } from "../../components/requests/saved_filters.tsx";
import LiveTail from "../../islands/live_tail.tsx";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { pageRequests, type RequestPage } from "../../lib/log/request_query.ts";
import {
  filterQuery,
  forgetFilter,
  listSavedFilters,
  type SavedFilter,
  saveFilter,
} from "../../lib/log/saved_filters.ts";
import { formatPosition } from "../../lib/log/tail_position.ts";
import { listQuery, timeParam, wordParam } from "../../lib/http/list_query.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define, type State } from "../../signed_in.ts";

interface Data {
  found: RequestPage;
  saved: SavedFilter[];
  /** Where the live view goes on from; null where it is off. */
  after: string | null;
  now: number;
  error: string | null;
}

const DONE: Record<string, string> = {
  save: "The filter is saved.",
  forget: "The filter is forgotten.",
};
const EMPTY: RequestPage = { items: [], ids: [], cursor: null };

async function load(
  state: State,
  params: URLSearchParams,
  refusal: Refusal | null,
) {
  const { kv, now, tail, addresses } = state.services;
  state.title = "Requests";
  const data: Data = {
    found: EMPTY,
    saved: await listSavedFilters(kv, state.user.id),
    after: null,
    now: now(),
    error: refusal?.message ?? null,
  };
  try {
    const filter = requestFilter(params, addresses);
    const isLive = wordParam(params, "live", ["0", "1"]) === "1" &&
      !params.has("cursor");
    // Before the page is read: what comes in between is then in both, and told apart by its name.
    if (isLive) data.after = formatPosition(await tail.now());
    data.found = await pageRequests(kv, {
      ...listQuery(params),
      filter,
      range: {
        from: timeParam(params, "since", now()),
        to: timeParam(params, "until", now()),
      },
    }, now);
    return page(data, { status: refusal?.status ?? 200 });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return page({ ...data, after: null, error: error.message }, {
      status: 400,
    });
  }
}

/** What the forms of this page send. */
const FIELDS = ["action", "name", "query"];

export const handler = define.handlers({
  GET: (ctx) => load(ctx.state, ctx.url.searchParams, null),

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
      return load(ctx.state, ctx.url.searchParams, error);
    }
    const query = filterQuery(
      action === "save" ? params : ctx.url.searchParams,
    );
    query.set("done", action);
    return ctx.redirect(`/admin/requests?${query}`, 303);
  },
});

export default define.page<typeof handler>(function Requests({ data, url }) {
  const { found, saved, after, now, error } = data;
  const filters = filterQuery(url.searchParams);
  const query = filters.toString();
  const done = ownValue(DONE, url.searchParams.get("done") ?? "");
  const isLive = after !== null;
  if (isLive) filters.set("live", "1");
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
      {isLive && (
        <LiveTail
          query={query}
          menuQuery={filters.toString()}
          after={after}
          known={found.ids}
        />
      )}
      <div class="panel flush">
        {found.items.length > 0 || isLive
          ? (
            <RequestTable
              records={found.items}
              now={now}
              query={filters.toString()}
              isLive={isLive}
            />
          )
          : (
            <p class="empty">
              {filtersIn(url).length > 0
                ? "No request matches these filters."
                : "No request has been logged yet."}
            </p>
          )}
      </div>
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
