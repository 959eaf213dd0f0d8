import * as v from "valibot";
import { incidentDetail } from "../../../../lib/detection/incidents/item.ts";
import {
  getIncident,
  setIncidentActive,
} from "../../../../lib/detection/incidents/store.ts";
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
    const { services, user } = ctx.state;
    const { is_active, reason } = await readJson(ctx.req, Body);
    const incident = await setIncidentActive(
      services.kv,
      ctx.params.id ?? "",
      is_active,
      { by: user.username, why: reason, now: services.now() },
    );
    return ctx.json(incidentDetail(found(incident)));
  },
});
