import * as v from "valibot";
import { findingItem } from "../../../../lib/detection/finding_item.ts";
import { settleFindings } from "../../../../lib/console/settle.ts";
import { getFinding } from "../../../../lib/detection/findings.ts";
import { readJson } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({
  is_active: v.boolean("expected true or false"),
  resolution: v.optional(v.string("expected a text")),
});

export const handler = define.handlers({
  async PATCH(ctx) {
    const { services, user, visitor } = ctx.state;
    const { is_active, resolution = "" } = await readJson(ctx.req, Body);
    const id = /^[\w-]{16}$/.exec(ctx.params.id ?? "")?.[0];
    if (id !== undefined) {
      await settleFindings(services, [id], {
        isActive: is_active,
        who: { by: user.username, from: visitor.ip },
        why: resolution,
      });
    }
    const { kv, now } = services;
    const finding = id === undefined ? null : await getFinding(kv, id, now());
    if (finding === null) {
      throw new Refusal("missing", "There is no finding of this id");
    }
    return ctx.json(findingItem(finding));
  },
});
