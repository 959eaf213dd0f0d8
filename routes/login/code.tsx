import { pendingCookie, setLoginCookies } from "../../lib/accounts/cookies.ts";
import { page } from "fresh";
import { Field } from "../../components/ui/field.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { callerOf } from "../../lib/accounts/attempt.ts";
import { loginWithCode } from "../../lib/accounts/login_code.ts";
import { isPendingLogin } from "../../lib/accounts/pending_login.ts";
import { limitedMessage, markLimited } from "../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import { nextPath, nextQuery } from "../../lib/http/next_path.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { define } from "../../utils.ts";

const NO_STORE = { "cache-control": "no-store" };
const GONE =
  "This login took too long, or there were too many wrong codes. Log in with your password again.";

interface Data {
  next: string;
  error: string | null;
  /** Whether no login waits for a code. */
  isGone?: boolean;
}

export const handler = define.handlers({
  async GET(ctx) {
    const { services, cookies } = ctx.state;
    ctx.state.title = "Enter your code";
    const next = nextPath(ctx.url.searchParams.get("next"));
    const secret = pendingCookie.read(ctx.req.headers, cookies) ?? "";
    if (!await isPendingLogin(services.accounts, secret)) {
      return ctx.redirect(`/login${nextQuery(next)}`, 303);
    }
    return page<Data>({ next, error: null }, { headers: NO_STORE });
  },

  async POST(ctx) {
    const { services, visitor, cookies } = ctx.state;
    ctx.state.title = "Enter your code";
    const next = nextPath(ctx.url.searchParams.get("next"));
    const { headers } = ctx.req;
    const secret = pendingCookie.read(headers, cookies) ?? "";
    // A body is read only after the password was accepted.
    if (!await isPendingLogin(services.accounts, secret)) return gone(next);
    const form = await readForm(ctx.req, ["code"]);
    const result = await loginWithCode(
      services.accounts,
      secret,
      form.get("code") ?? "",
      callerOf(headers, ctx.state, "browser"),
    );
    if (result.ok) {
      const response = ctx.redirect(next, 303);
      setLoginCookies(response.headers, result, cookies);
      pendingCookie.clear(response.headers, cookies);
      return response;
    }
    switch (result.kind) {
      case "gone":
        return gone(next);
      case "limited": {
        markLimited(visitor, result.decision);
        const error = limitedMessage(result.decision);
        return page<Data>({ next, error }, {
          status: 429,
          headers: { ...NO_STORE, ...rateLimitHeaders(result.decision) },
        });
      }
      case "wrong":
        return page<Data>({
          next,
          error: "This code is wrong, too old, or has been used.",
        }, {
          status: 401,
          headers: {
            ...NO_STORE,
            ...CHALLENGE,
            ...rateLimitHeaders(result.decision),
          },
        });
    }
  },
});

const CHALLENGE = { "www-authenticate": 'Form realm="Portcullis"' };

function gone(next: string) {
  return page<Data>({ next, error: GONE, isGone: true }, {
    status: 401,
    headers: { ...NO_STORE, ...CHALLENGE },
  });
}

export default define.page<typeof handler>(function LoginCode({ data }) {
  const query = nextQuery(data.next);
  return (
    <main id="main" class="narrow">
      <h1>Enter your code</h1>
      {data.isGone && <Notice kind="bad">{data.error}</Notice>}
      {!data.isGone && (
        <form method="post" action={`/login/code${query}`} class="panel">
          {data.error && (
            <Notice kind="bad">
              <a href="#code">{data.error}</a>
            </Notice>
          )}
          <Field
            name="code"
            label="Code"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck={false}
            hint="The six digits from your authenticator app, or one of your recovery codes."
            required
            maxLength={64}
            error={data.error ?? undefined}
          />
          <button type="submit">Log in</button>
        </form>
      )}
      <p>
        <a href={`/login${query}`}>Log in with another account</a>
      </p>
    </main>
  );
});
