import { requestCsv } from "../../../lib/log/request_csv.ts";
import { requestFilter } from "../../../lib/log/request_filter.ts";
import { requestJson } from "../../../lib/log/request_json.ts";
import { exportFile } from "../../../lib/http/export_file.ts";
import { timeParam } from "../../../lib/http/list_query.ts";
import { define } from "../../../signed_in.ts";

const FILES = { csv: requestCsv, json: requestJson };

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
    return exportFile(
      ctx.req,
      "requests",
      now(),
      (format) => FILES[format](kv, range, now, filter),
    );
  },
});
