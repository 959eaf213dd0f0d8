import {
  liftLimits,
  limitedSubject,
} from "../../../../lib/console/standing_limits.ts";
import { pathParam } from "../../../../lib/http/path_param.ts";
import { readNoBody } from "../../../../lib/http/request_body.ts";
import { Refusal } from "../../../../lib/base/refusal.ts";
import { define } from "../../../../signed_in.ts";

export const handler = define.handlers({
  async DELETE(ctx) {
    await readNoBody(ctx.req);
    const { services, user, visitor } = ctx.state;
    const text = pathParam(ctx.params.subject);
    const subject = await limitedSubject(services, text);
    const stood = await liftLimits(services, subject, {
      by: user.username,
      from: visitor.ip,
    });
    if (stood.length === 0) {
      throw new Refusal("missing", `There is nothing to lift for ${text}`);
    }
    return new Response(null, { status: 204 });
  },
});
