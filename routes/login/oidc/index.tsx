import { page } from "fresh";
import { ProviderTrouble } from "../../../components/account/provider_trouble.tsx";
import { callerOf } from "../../../lib/accounts/attempt.ts";
import { providerCookie } from "../../../lib/accounts/cookies.ts";
import { ProviderDownError } from "../../../lib/accounts/provider.ts";
import { beginProviderLogin } from "../../../lib/accounts/provider_login.ts";
import {
  redirectUri,
  theProvider,
} from "../../../lib/accounts/provider_place.ts";
import { limitedMessage, markLimited } from "../../../lib/guard/limited.ts";
import { nextPath } from "../../../lib/http/next_path.ts";
import { rateLimitHeaders } from "../../../lib/limits/rate_limit_headers.ts";
import { define } from "../../../utils.ts";
import { MINUTE } from "../../../lib/base/duration.ts";

/** Logins that one client may start; high enough for an office behind one address. */
const RATE = { limit: 60, windowMs: MINUTE };
const NO_STORE = { "cache-control": "no-store" };

export const handler = define.handlers({
  async GET(ctx) {
    const { state, req, url } = ctx;
    const { services, visitor, cookies } = state;
    const provider = theProvider(services);
    state.title = "Log in";
    const next = nextPath(url.searchParams.get("next"));
    const { subject } = callerOf(req.headers, state, "browser");
    const decision = await services.providerThrottle.take(subject, RATE);
    if (!decision.allowed) {
      markLimited(visitor, decision);
      return page({ next, message: limitedMessage(decision) }, {
        status: 429,
        headers: { ...NO_STORE, ...rateLimitHeaders(decision) },
      });
    }
    const { basePath } = services.config;
    const uri = redirectUri({ origin: state.origin, basePath });
    const began = await beginProviderLogin(services.accounts, {
      browser: providerCookie.read(req.headers, cookies),
      redirectUri: uri,
      next,
    });
    try {
      const to = await provider.loginUrl(began, uri);
      const response = new Response(null, {
        status: 303,
        headers: { ...NO_STORE, location: to.href },
      });
      providerCookie.set(response.headers, began.browser, cookies);
      return response;
    } catch (error) {
      if (!(error instanceof ProviderDownError)) throw error;
      return page({ next, message: error.message }, {
        status: 503,
        headers: { ...NO_STORE, "retry-after": "5" },
      });
    }
  },
});

export default define.page<typeof handler>(ProviderTrouble);
