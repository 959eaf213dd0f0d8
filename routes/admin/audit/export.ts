import { auditFile } from "../../../lib/console/audit_file.ts";
import { auditFilter } from "../../../lib/console/audit_filter.ts";
import { exportFile } from "../../../lib/http/export_file.ts";
import { define } from "../../../signed_in.ts";

/** The audit trail as a file, with the filters of the page. */
export const handler = define.handlers({
  GET(ctx) {
    const { kv, now: clock } = ctx.state.services;
    const now = clock();
    const filter = auditFilter(ctx.url.searchParams, now);
    return exportFile(
      ctx.req,
      "audit",
      now,
      (format) => auditFile(kv, { format, filter, now }),
    );
  },
});
