import { sessionCookie } from "../../../lib/accounts/cookies.ts";
import { destroySessionById } from "../../../lib/accounts/sessions.ts";
import { clearSiteData } from "../../../lib/http/clear_site_data.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { readNoBody } from "../../../lib/http/request_body.ts";
import { define } from "../../../signed_in.ts";

export const handler = define.handlers({
  async POST(ctx) {
    const { services, signedIn, cookies } = ctx.state;
    await readNoBody(ctx.req);
    if (ctx.state.user.source === "proxy") {
      throw new Refusal(
        "conflict",
        "There is no session to end: the proxy in front of this site says who you are.",
      );
    }
    await destroySessionById(services.accounts, signedIn.id);
    const headers = new Headers();
    if (signedIn.session.kind === "browser") {
      sessionCookie.clear(headers, cookies);
      clearSiteData(headers, services.config.basePath);
    }
    return new Response(null, { status: 204, headers });
  },
});
