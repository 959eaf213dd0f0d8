import { sessionCookie } from "../lib/accounts/cookies.ts";
import { page } from "fresh";
import { destroySessionById } from "../lib/accounts/sessions.ts";
import { clearSiteData } from "../lib/http/clear_site_data.ts";
import { StoreDownError } from "../lib/store/errors.ts";
import { define } from "../utils.ts";

export const handler = define.handlers({
  GET(ctx) {
    ctx.state.title = "Log out";
    return page({ username: ctx.state.user?.username ?? null }, {
      headers: { "cache-control": "no-store" },
    });
  },

  async POST(ctx) {
    const { services, signedIn, cookies, storeDown } = ctx.state;
    if (storeDown) {
      throw new StoreDownError("Cannot reach the store: no session was ended");
    }
    if (signedIn) await destroySessionById(services.accounts, signedIn.id);
    const response = ctx.redirect("/", 303);
    sessionCookie.clear(response.headers, cookies);
    clearSiteData(response.headers, services.config.basePath);
    return response;
  },
});

export default define.page<typeof handler>(function Logout({ data }) {
  return (
    <main id="main" class="narrow">
      <h1>Log out</h1>
      {data.username === null
        ? (
          <p>
            You are not logged in. <a href="/login">Log in</a>
          </p>
        )
        : (
          <form method="post" action="/logout" class="panel">
            <p>
              You are logged in as <strong>{data.username}</strong>.
            </p>
            <button type="submit">Log out</button>
          </form>
        )}
    </main>
  );
});
