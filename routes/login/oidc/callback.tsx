import { page } from "fresh";
import {
  ProviderTrouble,
  type ProviderTroubleData,
} from "../../../components/account/provider_trouble.tsx";
import { callerOf } from "../../../lib/accounts/attempt.ts";
import {
  providerCookie,
  sessionCookie,
} from "../../../lib/accounts/cookies.ts";
import { enterByProvider } from "../../../lib/accounts/enter_by_provider.ts";
import { takeProviderLogin } from "../../../lib/accounts/provider_login.ts";
import { theProvider } from "../../../lib/accounts/provider_place.ts";
import { logLine } from "../../../lib/base/log_line.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define } from "../../../utils.ts";

const NO_STORE = { "cache-control": "no-store" };
const GONE =
  "This login took too long, was used already, or was started in another browser. Start again.";

/** The path to which the provider redirects browsers. */
export const handler = define.handlers({
  async GET(ctx) {
    const { state, req, url } = ctx;
    const { services, visitor, cookies } = state;
    const { accounts, config } = services;
    const provider = theProvider(services);
    state.title = "Log in";
    await state.signingIn;
    const params = url.searchParams;
    const given = params.get("state") ?? "";
    const browser = providerCookie.read(req.headers, cookies);
    const began = await takeProviderLogin(accounts, given, browser);
    if (began === null) {
      logLine("warn", "authn_provider_fail", {
        ip_address: visitor.ip,
        error: "no login in progress matches this response",
      });
      return page<ProviderTroubleData>({ next: "/", message: GONE }, {
        status: 400,
        headers: NO_STORE,
      });
    }
    const { next, nonce, verifier } = began;
    const answer = new URL(began.redirect_uri);
    answer.search = url.search;
    try {
      const who = await provider.user(answer, {
        state: given,
        nonce,
        verifier,
      });
      const { secret } = await enterByProvider(
        accounts,
        who,
        callerOf(req.headers, state, "browser"),
        config.adminRoles,
      );
      const response = ctx.redirect(next, 303);
      response.headers.set("cache-control", "no-store");
      sessionCookie.set(response.headers, secret, cookies);
      providerCookie.clear(response.headers, cookies);
      return response;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { message, status } = error;
      return page<ProviderTroubleData>({ next, message }, {
        status,
        headers: NO_STORE,
      });
    }
  },
});

export default define.page<typeof handler>(ProviderTrouble);
