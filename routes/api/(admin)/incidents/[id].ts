import * as v from "valibot";
import { incidentDetail } from "../../../../lib/detection/incidents/item.ts";
import { getIncident } from "../../../../lib/detection/incidents/store.ts";
import { settleIncidents } from "../../../../lib/console/settle.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { readJson } from "../../../../lib/http/request_body.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({
  is_active: v.boolean("expected true or false"),
  reason: v.optional(v.string("expected a text")),
});

function found<T>(incident: T | null): T {
  if (incident !== null) return incident;
  throw new Refusal("missing", "There is no incident of this id");
}

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const incident = await getIncident(kv, ctx.params.id ?? "", now());
    return ctx.json(incidentDetail(found(incident)));
  },

  async PATCH(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now } = services;
    const { is_active, reason = "" } = await readJson(ctx.req, Body);
    const id = ctx.params.id ?? "";
    found(await getIncident(kv, id, now()));
    await settleIncidents(services, [id], {
      isActive: is_active,
      who: { by: user.username, from: visitor.ip },
      why: reason,
    });
    return ctx.json(incidentDetail(found(await getIncident(kv, id, now()))));
  },
});
