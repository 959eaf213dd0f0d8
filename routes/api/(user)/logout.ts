import { sessionCookie } from "../../../lib/accounts/cookies.ts";
import { destroySessionById } from "../../../lib/accounts/sessions.ts";
import { clearSiteData } from "../../../lib/http/clear_site_data.ts";
import { readNoBody } from "../../../lib/http/request_body.ts";
import { define } from "../../../signed_in.ts";

export const handler = define.handlers({
  async POST(ctx) {
    const { services, signedIn, cookies } = ctx.state;
    await readNoBody(ctx.req);
    await destroySessionById(services.accounts, signedIn.id);
    const headers = new Headers();
    if (signedIn.session.kind === "browser") {
      sessionCookie.clear(headers, cookies);
      clearSiteData(headers, services.config.basePath);
    }
    return new Response(null, { status: 204, headers });
  },
});
