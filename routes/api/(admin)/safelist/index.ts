import * as v from "valibot";
import { allowAsked } from "../../../../lib/console/block_request.ts";
import { safeHostItem, safeItem } from "../../../../lib/console/safe_item.ts";
import { listQuery } from "../../../../lib/http/list_query.ts";
import { durationField, readJson } from "../../../../lib/http/request_body.ts";
import { listAccess } from "../../../../lib/lists/access_read.ts";
import { listSafeHosts } from "../../../../lib/lists/safe_hosts.ts";
import { define } from "../../../../signed_in.ts";

const NAMED = "expected an address, a CIDR range or a host's name";

const Body = v.object({
  ip: v.pipe(v.string(NAMED), v.maxLength(253, NAMED)),
  reason: v.optional(v.string("expected a text")),
  for: v.optional(v.nullable(durationField())),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    const { items, cursor } = await listAccess(kv, "safe", {
      ...listQuery(params),
      now,
      search: params.get("search") ?? undefined,
    });
    const hosts = await listSafeHosts(kv, now());
    return ctx.json({
      items: items.map(safeItem),
      cursor,
      hosts: hosts.map(safeHostItem),
    });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const body = await readJson(ctx.req, Body);
    const allowed = await allowAsked(services, {
      ...body,
      for: body.for ?? undefined,
    }, { by: user.username, from: visitor.ip });
    const now = "host" in allowed
      ? { items: [], hosts: [safeHostItem(allowed.host)] }
      : { items: [safeItem(allowed.entry)], hosts: [] };
    return ctx.json(now, { status: 201 });
  },
});
