import { findingFilters } from "../../../../lib/detection/finding_filter.ts";
import { findingItem } from "../../../../lib/detection/finding_item.ts";
import { listFindings } from "../../../../lib/detection/findings.ts";
import { listSerious } from "../../../../lib/detection/serious_findings.ts";
import { listQuery } from "../../../../lib/http/list_query.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now, addresses } = ctx.state.services;
    const params = ctx.url.searchParams;
    const active = params.get("active") || null;
    if (active !== null && !/^(true|false|1|0)$/.test(active)) {
      throw new Refusal(
        "malformed",
        `Cannot filter by active "${active}": expected true or false`,
      );
    }
    const { only, rule, ip } = findingFilters(params, "reason");
    const sort = params.get("sort") || "newest";
    if (sort !== "newest" && sort !== "severity") {
      throw new Refusal(
        "malformed",
        `Cannot sort by "${sort}": expected newest or severity`,
      );
    }
    const list = sort === "severity" ? listSerious : listFindings;
    const { items, cursor } = await list(kv, {
      ...listQuery(params),
      only,
      active: active === null ? undefined : active === "true" || active === "1",
      ip: ip && addresses.formsOf(ip),
      rule,
      now: now(),
    });
    return ctx.json({ items: items.map(findingItem), cursor });
  },
});
