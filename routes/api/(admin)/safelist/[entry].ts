import { Refusal } from "../../../../lib/base/refusal.ts";
import { disallowAsked } from "../../../../lib/console/block_request.ts";
import { pathParam } from "../../../../lib/http/path_param.ts";
import { readNoBody } from "../../../../lib/http/request_body.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async DELETE(ctx) {
    await readNoBody(ctx.req);
    const ip = pathParam(ctx.params.entry);
    const { services, user, visitor } = ctx.state;
    const author = { by: user.username, from: visitor.ip };
    if (!await disallowAsked(services, ip, author)) {
      throw new Refusal(
        "missing",
        `Cannot disallow ${ip}: it is not on the safelist`,
      );
    }
    return new Response(null, { status: 204 });
  },
});
