import { requestFilter } from "../../../../lib/log/request_filter.ts";
import { requestItem } from "../../../../lib/log/request_item.ts";
import { pageRequests } from "../../../../lib/log/request_query.ts";
import { listQuery, timeParam } from "../../../../lib/http/list_query.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now, addresses } = ctx.state.services;
    const params = ctx.url.searchParams;
    const page = await pageRequests(kv, {
      ...listQuery(params),
      filter: requestFilter(params, addresses),
      range: {
        from: timeParam(params, "since", now()),
        to: timeParam(params, "until", now()),
      },
    }, now);
    return ctx.json({
      items: page.items.map(requestItem),
      cursor: page.cursor,
    });
  },
});
