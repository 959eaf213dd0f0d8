import { limitItem } from "../../../../lib/console/limit_item.ts";
import {
  limitedSubject,
  standingLimits,
} from "../../../../lib/console/standing_limits.ts";
import { define } from "../../../../signed_in.ts";

/** The maximum number returned: an attack can create any number. */
const MAX_ITEMS = 500;

export const handler = define.handlers({
  async GET(ctx) {
    const { services } = ctx.state;
    const text = ctx.url.searchParams.get("subject");
    const subject = text ? await limitedSubject(services, text) : null;
    const found = await standingLimits(services, subject);
    found.sort((a, b) => b.opensAt - a.opensAt);
    return ctx.json({
      items: found.slice(0, MAX_ITEMS).map(limitItem),
      cursor: null,
    });
  },
});
