import { incidentItem } from "../../../../lib/detection/incidents/item.ts";
import {
  INCIDENT_STATES,
  incidentFilter,
} from "../../../../lib/detection/incidents/filter.ts";
import { listIncidents } from "../../../../lib/detection/incidents/store.ts";
import { listQuery, wordParam } from "../../../../lib/http/list_query.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    const active = params.has("active")
      ? wordParam(params, "active", ["true", "false", "1", "0"])
      : null;
    const state = wordParam(params, "state", ["", ...INCIDENT_STATES]);
    const { items, cursor } = await listIncidents(kv, {
      ...listQuery(params),
      active: active === null ? undefined : active === "true" || active === "1",
      filter: { ...incidentFilter(params, now()), state: state || undefined },
      now: now(),
    });
    return ctx.json({ items: items.map(incidentItem), cursor });
  },
});
