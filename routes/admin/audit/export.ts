import { auditFile } from "../../../lib/console/audit_file.ts";
import { auditFilter } from "../../../lib/console/audit_filter.ts";
import { wordParam } from "../../../lib/http/list_query.ts";
import { define } from "../../../signed_in.ts";

const TYPES = {
  csv: "text/csv; charset=utf-8",
  json: "application/json",
} as const;

/** The audit trail as a file, with the filters of the page. */
export const handler = define.handlers({
  GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    const filter = auditFilter(params, now());
    const format = wordParam(params, "format", ["csv", "json"]);
    const day = new Date(now()).toISOString().slice(0, 10);
    const headers = {
      "content-type": TYPES[format],
      "content-disposition": `attachment; filename="audit-${day}.${format}"`,
      "cache-control": "no-store",
    };
    if (ctx.req.method === "HEAD") return new Response(null, { headers });
    const file = auditFile(kv, { format, filter, now: now() });
    return new Response(file, { headers });
  },
});
