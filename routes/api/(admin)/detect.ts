import * as v from "valibot";
import { parseTime } from "../../../lib/http/list_query.ts";
import { appendAudit } from "../../../lib/store/audit.ts";
import { readJson } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define } from "../../../signed_in.ts";

const Body = v.object({
  at: v.optional(v.pipe(v.string("expected a time"), v.maxLength(64))),
});

export const handler = define.handlers({
  async POST(ctx) {
    const { at } = await readJson(ctx.req, Body);
    const time = at === undefined ? undefined : parseTime(at);
    if (time === null) {
      throw new Refusal(
        "invalid",
        `Cannot run detection at "${at}": expected a time such as 2026-01-31T08:00:00Z`,
      );
    }
    const { services, user, visitor } = ctx.state;
    const { flagged, examined, took_ms } = await services.detect({ at: time });
    await appendAudit(services.kv, {
      ...{ who: user.username, what: "detect", from: visitor.ip },
      target: `${flagged} findings`,
    }, services.now());
    return ctx.json({ flagged, examined, took_ms });
  },
});
