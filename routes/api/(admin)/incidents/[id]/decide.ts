import * as v from "valibot";
import { parseDuration } from "../../../../../lib/base/duration.ts";
import { Refusal } from "../../../../../lib/base/refusal.ts";
import {
  decide,
  DECISIONS,
  previewDecision,
} from "../../../../../lib/console/incident_decision.ts";
import { incidentItem } from "../../../../../lib/detection/incidents/item.ts";
import { getIncident } from "../../../../../lib/detection/incidents/store.ts";
import {
  durationField,
  readJson,
} from "../../../../../lib/http/request_body.ts";
import { define } from "../../../../../signed_in.ts";

const Body = v.object({
  decision: v.picklist(DECISIONS, `expected one of ${DECISIONS.join(", ")}`),
  path: v.optional(v.string("expected a path")),
  for: v.optional(durationField("1h")),
  reason: v.optional(v.string("expected a text")),
  dry_run: v.optional(v.boolean("expected true or false")),
});

export const handler = define.handlers({
  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const body = await readJson(ctx.req, Body);
    const incident = await getIncident(
      services.kv,
      ctx.params.id ?? "",
      services.now(),
    );
    if (incident === null) {
      throw new Refusal("missing", "There is no incident of this id");
    }
    const order = {
      decision: body.decision,
      path: body.path,
      forMs: body.for === undefined ? undefined : parseDuration(body.for),
    };
    const preview = await previewDecision(services, incident, order);
    const shown = {
      ...preview,
      until: preview.until && new Date(preview.until).toISOString(),
    };
    if (body.dry_run) {
      const item = incidentItem(incident);
      return ctx.json({
        ...shown,
        applied: false,
        refused: [],
        incident: item,
      });
    }
    const { incident: decided, refused } = await decide(
      services,
      incident,
      order,
      {
        why: (body.reason ?? "").slice(0, 400),
        who: { by: user.username, from: visitor.ip, session: signedIn.id },
      },
    );
    return ctx.json({
      ...shown,
      applied: true,
      refused,
      incident: incidentItem(decided),
    });
  },
});
