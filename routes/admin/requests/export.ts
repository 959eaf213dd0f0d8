import { requestCsv } from "../../../lib/log/request_csv.ts";
import { requestFilter } from "../../../lib/log/request_filter.ts";
import { requestJson } from "../../../lib/log/request_json.ts";
import { timeParam, wordParam } from "../../../lib/http/list_query.ts";
import { define } from "../../../signed_in.ts";

const TYPES = {
  csv: "text/csv; charset=utf-8",
  json: "application/json",
} as const;

/** The request log as a file, with the filters of the page. */
export const handler = define.handlers({
  GET(ctx) {
    const { kv, now, addresses } = ctx.state.services;
    const params = ctx.url.searchParams;
    const range = {
      from: timeParam(params, "since", now()) ?? 0,
      to: timeParam(params, "until", now()) ?? now() + 1,
    };
    const filter = requestFilter(params, addresses);
    const format = wordParam(params, "format", ["csv", "json"]);
    const day = new Date(now()).toISOString().slice(0, 10);
    const headers = {
      "content-type": TYPES[format],
      "content-disposition": `attachment; filename="requests-${day}.${format}"`,
      "cache-control": "no-store",
    };
    if (ctx.req.method === "HEAD") return new Response(null, { headers });
    const file = format === "csv" ? requestCsv : requestJson;
    return new Response(file(kv, range, now, filter), { headers });
  },
});
