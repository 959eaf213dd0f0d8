import { readRange, unblock } from "../../../../lib/console/block_request.ts";
import { pathParam } from "../../../../lib/http/path_param.ts";
import { readNoBody } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async DELETE(ctx) {
    await readNoBody(ctx.req);
    const ip = pathParam(ctx.params.ip);
    const { services, user, visitor } = ctx.state;
    const removed = await unblock(services, readRange(ip, "unblock"), {
      by: user.username,
      from: visitor.ip,
    });
    if (removed === null) {
      throw new Refusal(
        "missing",
        `Cannot unblock ${ip}: it is not on the blocklist`,
      );
    }
    return new Response(null, { status: 204 });
  },
});
