import { appendAudit } from "../../../../lib/store/audit.ts";
import type { AddressErased } from "../../../../lib/erasure/address_traces.ts";
import {
  type ErasureResult,
  newErasure,
  orderErasure,
} from "../../../../lib/erasure/erasure.ts";
import { addressData } from "../../../../lib/erasure/export_data.ts";
import { jsonBody } from "../../../../lib/erasure/json_stream.ts";
import { traceStore } from "../../../../lib/erasure/trace_store.ts";
import { canonicalIp } from "../../../../lib/net/ip.ts";
import { pathParam } from "../../../../lib/http/path_param.ts";
import { readNoBody } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { whileSignedIn } from "../../../../middlewares/require_role.ts";
import { define } from "../../../../signed_in.ts";

function addressOf(param: string | undefined, verb: string): string {
  const text = pathParam(param);
  const ip = canonicalIp(text);
  if (ip !== null) return ip;
  throw new Refusal("invalid", `Cannot ${verb} "${text}": expected an address`);
}

export const handler = define.handlers({
  async GET(ctx) {
    const { services, user, visitor } = ctx.state;
    const ip = addressOf(ctx.params.ip, "export");
    await appendAudit(services.kv, {
      who: user.username,
      what: "export",
      target: ip,
      from: visitor.ip,
    }, services.now());
    const data = await addressData(traceStore(services), ip);
    const response = new Response(jsonBody(data), {
      headers: { "content-type": "application/json" },
    });
    return whileSignedIn(ctx, "admin", response);
  },

  async DELETE(ctx) {
    const { services, user, visitor } = ctx.state;
    await readNoBody(ctx.req);
    const ip = addressOf(ctx.params.ip, "erase");
    const unblock = ctx.url.searchParams.get("unblock") ?? "false";
    if (unblock !== "true" && unblock !== "false") {
      throw new Refusal(
        "invalid",
        `Cannot read unblock "${unblock}": expected true or false`,
      );
    }
    await services.log.flush();
    const order = { kind: "address", ip, unblock: unblock === "true" } as const;
    const who = { by: user.username, from: visitor.ip };
    const { requests, left, logins, findings, blocked, isDone } =
      await orderErasure(
        traceStore(services),
        newErasure(order, who, services.now()),
      ) as ErasureResult<AddressErased>;
    return ctx.json({
      requests,
      logins,
      findings,
      left,
      is_done: isDone,
      is_blocked: blocked !== null,
    });
  },
});
