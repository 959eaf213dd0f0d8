import { robotsText } from "../lib/policy/robots.ts";
import { define } from "../utils.ts";

/** Only public pages; the rest requires a login. */
const OTHERS = `User-agent: *
Allow: /$
Allow: /login$
Allow: /signup$
Disallow: /`;

export const handler = define.handlers({
  GET: (ctx) =>
    new Response(robotsText(ctx.state.services.policy.rules, OTHERS), {
      headers: { "content-type": "text/plain; charset=utf-8" },
    }),
});
