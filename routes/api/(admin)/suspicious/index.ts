import { findingItem } from "../../../../lib/detection/finding_item.ts";
import { listFindings } from "../../../../lib/detection/findings.ts";
import { listSerious } from "../../../../lib/detection/serious_findings.ts";
import { SEVERITIES } from "../../../../lib/detection/types.ts";
import { canonicalIp } from "../../../../lib/net/ip.ts";
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
    const severity = params.get("severity") || undefined;
    const only = SEVERITIES.find((each) => each === severity);
    if (severity !== undefined && only === undefined) {
      throw new Refusal(
        "malformed",
        `Cannot filter by severity "${severity}": expected ${
          SEVERITIES.join(", ")
        }`,
      );
    }
    const sort = params.get("sort") || "newest";
    if (sort !== "newest" && sort !== "severity") {
      throw new Refusal(
        "malformed",
        `Cannot sort by "${sort}": expected newest or severity`,
      );
    }
    const ip = params.get("ip");
    if (ip && canonicalIp(ip) === null) {
      throw new Refusal(
        "malformed",
        `Cannot filter by ip "${ip}": expected an address`,
      );
    }
    const rule = params.get("reason") || undefined;
    if (rule !== undefined && !/^[a-z][a-z0-9_]{0,39}$/.test(rule)) {
      throw new Refusal(
        "malformed",
        `Cannot filter by reason "${rule}": expected a rule's name, such as high_volume`,
      );
    }
    const list = sort === "severity" ? listSerious : listFindings;
    const { items, cursor } = await list(kv, {
      ...listQuery(params),
      only,
      active: active === null ? undefined : active === "true" || active === "1",
      ip: ip ? addresses.formsOf(canonicalIp(ip) ?? ip) : undefined,
      rule,
      now: now(),
    });
    return ctx.json({ items: items.map(findingItem), cursor });
  },
});
