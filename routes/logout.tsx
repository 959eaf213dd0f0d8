import { sessionCookie } from "../lib/accounts/cookies.ts";
import { page } from "fresh";
import { destroySessionById } from "../lib/accounts/sessions.ts";
import { afterLogoutUri } from "../lib/accounts/provider_place.ts";
import { ownValue } from "../lib/base/own_value.ts";
import { clearSiteData } from "../lib/http/clear_site_data.ts";
import { StoreDownError } from "../lib/store/errors.ts";
import { define, type State } from "../utils.ts";

/** Other places where the user was logged out, by `?done=`. */
const ELSEWHERE: Record<
  string,
  (state: State, url: URL) => Promise<URL | null>
> = {
  proxy({ services: { config } }, url) {
    const { remoteLogoutUrl, publicOrigin } = config;
    return Promise.resolve(
      remoteLogoutUrl === null
        ? null
        : new URL(remoteLogoutUrl, publicOrigin ?? url),
    );
  },
  async provider({ services, origin }) {
    const { provider, config: { basePath } } = services;
    return await provider?.logoutUrl(afterLogoutUri({ origin, basePath })) ??
      null;
  },
};

export const handler = define.handlers({
  async GET(ctx) {
    const { state, url } = ctx;
    state.title = "Log out";
    const headers = new Headers();
    // To another site by an intermediate page: a form of this site may only be sent to this site.
    const way = ownValue(ELSEWHERE, url.searchParams.get("done"));
    const next = (await way?.(state, url))?.href ?? null;
    if (next !== null) {
      headers.set("refresh", `0; url=${next}`);
      headers.set("cache-control", "no-store");
    }
    return page({ username: state.user?.username ?? null, next }, { headers });
  },

  async POST(ctx) {
    const { services, signedIn, user, cookies, storeDown } = ctx.state;
    if (storeDown) {
      throw new StoreDownError("Cannot reach the store: no session was ended");
    }
    const source = user?.source;
    if (signedIn && source !== "proxy") {
      await destroySessionById(services.accounts, signedIn.id);
    }
    const response = ctx.redirect(
      source ? `/logout?done=${source}` : "/",
      303,
    );
    sessionCookie.clear(response.headers, cookies);
    clearSiteData(response.headers, services.config.basePath);
    return response;
  },
});

export default define.page<typeof handler>(function Logout({ data, state }) {
  return (
    <main id="main" class="narrow">
      <h1>Log out</h1>
      <div class="panel">
        <Body {...data} state={state} />
      </div>
    </main>
  );
});

function Body(
  { username, next, state }: {
    username: string | null;
    next: string | null;
    state: State;
  },
) {
  if (next !== null) {
    return (
      <p>
        You are logged out here. Where you logged in you are being logged out,
        too. <a href={next} f-client-nav={false}>Continue</a>
      </p>
    );
  }
  if (username === null || state.user === null) {
    return (
      <p>
        You are not logged in. <a href="/login">Log in</a>
      </p>
    );
  }
  const { source } = state.user;
  if (source === "proxy" && state.services.config.remoteLogoutUrl === null) {
    return (
      <p>
        The proxy in front of this site says that you are{" "}
        <strong>{username}</strong>. You are logged in until you log out there,
        or close the browser.
      </p>
    );
  }
  return (
    <form method="post" action="/logout">
      <p>
        You are logged in as <strong>{username}</strong>.
      </p>
      <button type="submit">Log out</button>
    </form>
  );
}
