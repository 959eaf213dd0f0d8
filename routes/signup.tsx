import { setLoginCookies } from "../lib/accounts/cookies.ts";
import { page } from "fresh";
import {
  AccountForm,
  type AccountFormError,
} from "../components/account/account_form.tsx";
import { formAttempt, signupsSpent } from "../lib/accounts/attempt.ts";
import { hasSignup, NO_SIGNUP } from "../lib/accounts/sign_in_ways.ts";
import { signup } from "../lib/accounts/signup.ts";
import { Refusal } from "../lib/base/refusal.ts";
import { limitedMessage, markLimited } from "../lib/guard/limited.ts";
import { rateLimitHeaders } from "../lib/limits/rate_limit_headers.ts";
import type { Decision } from "../lib/limits/throttle.ts";
import { define, type State } from "../utils.ts";

interface Data {
  username?: string;
  error: AccountFormError | null;
}

export const handler = define.handlers({
  GET(ctx) {
    refuseWhereClosed(ctx.state);
    ctx.state.title = "Sign up";
    return page<Data>({ error: null }, {
      headers: { "cache-control": "no-store" },
    });
  },

  async POST(ctx) {
    refuseWhereClosed(ctx.state);
    const { services, visitor, cookies } = ctx.state;
    ctx.state.title = "Sign up";
    const spent = await signupsSpent(ctx.req.headers, ctx.state);
    if (spent !== null) {
      markLimited(visitor, spent);
      return limited(spent, undefined);
    }
    const attempt = await formAttempt(ctx.req, ctx.state);
    const result = await signup(services.accounts, attempt);
    if (result.ok) {
      const response = ctx.redirect("/profile?done=welcome", 303);
      setLoginCookies(response.headers, result, cookies);
      return response;
    }
    const { username } = attempt;
    if (result.kind === "limited") {
      markLimited(visitor, result.decision);
      return limited(result.decision, username);
    }
    const { field, message } = result;
    return page<Data>({ username, error: { field, message } }, {
      status: result.kind === "taken" ? 409 : 422,
      headers: { "cache-control": "no-store" },
    });
  },
});

function refuseWhereClosed({ services }: State): void {
  if (!hasSignup(services.config)) throw new Refusal("forbidden", NO_SIGNUP);
}

function limited(decision: Decision, username: string | undefined) {
  const error = { message: limitedMessage(decision) };
  return page<Data>({ username, error }, {
    status: 429,
    headers: { "cache-control": "no-store", ...rateLimitHeaders(decision) },
  });
}

export default define.page<typeof handler>(function Signup({ data }) {
  return (
    <main id="main" class="narrow">
      <h1>Sign up</h1>
      <AccountForm action="/signup" submit="Create account" isNew {...data} />
      <p>
        Have an account? <a href="/login">Log in</a>
      </p>
    </main>
  );
});
