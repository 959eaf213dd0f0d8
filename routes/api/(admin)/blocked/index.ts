import * as v from "valibot";
import { blockedItem } from "../../../../lib/lists/access_item.ts";
import { impactItem } from "../../../../lib/console/impact_item.ts";
import { listAccess } from "../../../../lib/lists/access_read.ts";
import {
  blockToConfirm,
  previewBlock,
  readEntry,
} from "../../../../lib/console/block_request.ts";
import { listQuery } from "../../../../lib/http/list_query.ts";
import { durationField, readJson } from "../../../../lib/http/request_body.ts";
import { define } from "../../../../signed_in.ts";

const Body = v.object({
  ip: v.pipe(
    v.string("expected an IP address or CIDR range"),
    v.maxLength(64, "expected an IP address or CIDR range"),
  ),
  reason: v.optional(v.string("expected a text")),
  for: v.optional(v.nullable(durationField())),
  force: v.optional(v.boolean("expected true or false")),
});

/** A script that blocks an attacker should not wait for the impact. */
const IMPACT_PATIENCE_MS = 250;

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    const { items, cursor } = await listAccess(kv, "blocked", {
      ...listQuery(params),
      now,
      search: params.get("search") ?? undefined,
    });
    return ctx.json({ items: items.map(blockedItem), cursor });
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const body = await readJson(ctx.req, Body);
    const author = {
      by: user.username,
      from: visitor.ip,
      session: signedIn.id,
    };
    const input = await readEntry(
      services,
      { ...body, for: body.for ?? undefined },
      "block",
    );
    const impact = await previewBlock(
      services,
      input.range,
      author,
      IMPACT_PATIENCE_MS,
    ).then(impactItem, () => null);
    const { entry, confirmAt } = await blockToConfirm(services, input, author);
    return ctx.json({
      ...blockedItem({ ...entry, hits: 0, last_hit_at: null }),
      impact,
      ...(confirmAt === null ? {} : { confirm: confirmAt }),
    }, { status: 201 });
  },
});
