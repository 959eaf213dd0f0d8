import { pendingCookie, setLoginCookies } from "../lib/accounts/cookies.ts";
import { page } from "fresh";
import {
  AccountForm,
  type AccountFormError,
} from "../components/account/account_form.tsx";
import { formAttempt, spentBeforeBody } from "../lib/accounts/attempt.ts";
import { login, WRONG_CREDENTIALS } from "../lib/accounts/login.ts";
import { hasSignup } from "../lib/accounts/sign_in_ways.ts";
import { limitedMessage, markLimited } from "../lib/guard/limited.ts";
import { rateLimitHeaders } from "../lib/limits/rate_limit_headers.ts";
import { nextPath, nextQuery } from "../lib/http/next_path.ts";
import { define } from "../utils.ts";

interface Data {
  next: string;
  username?: string;
  error: AccountFormError | null;
  takesRecoveryCode?: boolean;
}

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.title = "Log in";
    const next = nextPath(ctx.url.searchParams.get("next"));
    const { state } = ctx;
    await state.signingIn;
    if (state.refused !== null) throw state.refused;
    // A proxy's authentication has precedence over a login here.
    if (state.user?.source === "proxy") return ctx.redirect(next, 303);
    return page<Data>({ next, error: null }, NO_STORE);
  },

  async POST(ctx) {
    const { services, visitor, cookies } = ctx.state;
    ctx.state.title = "Log in";
    const next = nextPath(ctx.url.searchParams.get("next"));
    const spent = await spentBeforeBody(ctx.req.headers, ctx.state);
    if (spent !== null) {
      markLimited(visitor, spent);
      const error = { message: limitedMessage(spent) };
      return page<Data>({ next, error, takesRecoveryCode: true }, {
        status: 429,
        headers: { ...NO_STORE.headers, ...rateLimitHeaders(spent) },
      });
    }
    const attempt = await formAttempt(ctx.req, ctx.state);
    const result = await login(services.accounts, attempt);
    const headers: Record<string, string> = {
      ...NO_STORE.headers,
      ...rateLimitHeaders(result.decision),
    };
    if (result.ok) {
      const response = ctx.redirect(next, 303);
      for (const field of Object.entries(headers)) {
        response.headers.set(...field);
      }
      setLoginCookies(response.headers, result, cookies);
      return response;
    }
    const { username } = attempt;
    switch (result.kind) {
      case "limited": {
        markLimited(visitor, result.decision);
        const error = { message: limitedMessage(result.decision) };
        const data = { next, username, error, takesRecoveryCode: true };
        return page<Data>(data, { status: 429, headers });
      }
      case "code": {
        const response = ctx.redirect(`/login/code${nextQuery(next)}`, 303);
        pendingCookie.set(response.headers, result.pending ?? "", cookies);
        return response;
      }
      case "wrong_code":
      case "wrong":
        return page<Data>(
          { next, username, error: { message: WRONG_CREDENTIALS } },
          {
            status: 401,
            headers: {
              ...headers,
              "www-authenticate": 'Form realm="Portcullis"',
            },
          },
        );
    }
  },
});

const NO_STORE = { headers: { "cache-control": "no-store" } };

export default define.page<typeof handler>(function Login({ data, state }) {
  return (
    <main id="main" class="narrow">
      <h1>Log in</h1>
      {state.services.provider !== null && (
        <>
          <p>
            <a
              class="button"
              href={`/login/oidc${nextQuery(data.next)}`}
              f-client-nav={false}
            >
              Log in with {state.services.provider.label}
            </a>
          </p>
          <h2>With an account of this site</h2>
        </>
      )}
      <AccountForm
        action={`/login${nextQuery(data.next)}`}
        submit="Log in"
        {...data}
      />
      {hasSignup(state.services.config) && (
        <p>
          No account yet? <a href="/signup">Sign up</a>
        </p>
      )}
    </main>
  );
});
