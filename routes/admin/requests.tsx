import { page } from "fresh";
import { Notice } from "../../components/notice.tsx";
import { Pager } from "../../components/pager.tsx";
import {
  filtersIn,
  RequestFilters,
} from "../../components/request_filters.tsx";
import { RequestTable } from "../../components/request_table.tsx";
import { requestFilter } from "../../lib/guard/request_filter.ts";
import {
  pageRequests,
  type RequestPage,
} from "../../lib/guard/request_query.ts";
import { listQuery, timeParam } from "../../lib/list_query.ts";
import { RequestError } from "../../lib/request_error.ts";
import { define } from "../../utils.ts";

interface Data {
  found: RequestPage;
  now: number;
  error: string | null;
}

const EMPTY: RequestPage = { items: [], ids: [], cursor: null };

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    ctx.state.title = "Requests";
    try {
      const found = await pageRequests(kv, {
        ...listQuery(params),
        filter: requestFilter(params),
        range: {
          from: timeParam(params, "since"),
          to: timeParam(params, "until"),
        },
      }, now);
      return page<Data>({ found, now: now(), error: null });
    } catch (error) {
      if (!(error instanceof RequestError || error instanceof RangeError)) {
        throw error;
      }
      return page<Data>({ found: EMPTY, now: now(), error: error.message }, {
        status: 400,
      });
    }
  },
});

export default define.page<typeof handler>(function Requests({ data, url }) {
  const { found, now, error } = data;
  return (
    <>
      <h1>Requests</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      <RequestFilters url={url} />
      <div class="panel flush">
        {found.items.length > 0
          ? <RequestTable records={found.items} now={now} />
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
