import { csvLine } from "../../../lib/base/csv.ts";
import { blockedItem } from "../../../lib/lists/access_item.ts";
import { allEntries } from "../../../lib/lists/access_read.ts";
import { wordParam } from "../../../lib/http/list_query.ts";
import { define } from "../../../signed_in.ts";

const COLUMNS = [
  "ip_address",
  "reason",
  "created_at",
  "created_by",
  "expires_at",
  "hits",
  "last_hit_at",
] as const;

/** The blocklist, or with `?list=safe` the safelist, as CSV that can be imported again. */
export const handler = define.handlers({
  GET(ctx) {
    const { kv, now } = ctx.state.services;
    const isSafe =
      wordParam(ctx.url.searchParams, "list", ["blocked", "safe"]) === "safe";
    const name = isSafe ? "safelist" : "blocklist";
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}.csv"`,
      "cache-control": "no-store",
    };
    if (ctx.req.method === "HEAD") return new Response(null, { headers });
    async function* lines(): AsyncGenerator<string> {
      yield csvLine(COLUMNS);
      for await (
        const entry of allEntries(kv, isSafe ? "safe" : "blocked", now)
      ) {
        const item = blockedItem(entry);
        yield csvLine(COLUMNS.map((column) => item[column]));
      }
    }
    const body = ReadableStream.from(lines())
      .pipeThrough(new TextEncoderStream());
    return new Response(body, { headers });
  },
});
