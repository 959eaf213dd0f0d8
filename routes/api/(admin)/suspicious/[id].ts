import * as v from "valibot";
import { findingItem } from "../../../../lib/detection/finding_item.ts";
import { setFindingActive } from "../../../../lib/detection/findings.ts";
import { readJson } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({
  is_active: v.boolean("expected true or false"),
  resolution: v.optional(v.string("expected a text")),
});

export const handler = define.handlers({
  async PATCH(ctx) {
    const { services, user } = ctx.state;
    const { is_active, resolution } = await readJson(ctx.req, Body);
    const id = ctx.params.id ?? "";
    const finding = /^[\w-]{16}$/.test(id)
      ? await setFindingActive(services.kv, id, is_active, {
        by: user.username,
        why: resolution,
        now: services.now(),
      })
      : null;
    if (finding === null) {
      throw new Refusal("missing", "There is no finding of this id");
    }
    return ctx.json(findingItem(finding));
  },
});
