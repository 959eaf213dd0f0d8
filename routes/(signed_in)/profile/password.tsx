import { deviceCookie, sessionCookie } from "../../../lib/accounts/cookies.ts";
import { page } from "fresh";
import { Notice } from "../../../components/ui/notice.tsx";
import {
  PasswordForm,
  type PasswordFormError,
} from "../../../components/account/password_form.tsx";
import { confirmationsSpent } from "../../../lib/accounts/attempt.ts";
import { changeOwnPassword } from "../../../lib/accounts/own_password.ts";
import { limitedMessage, markLimited } from "../../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../../lib/limits/rate_limit_headers.ts";
import { nextPath } from "../../../lib/http/next_path.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { define } from "../../../signed_in.ts";

const NO_STORE = { "cache-control": "no-store" };

/** Only changes the password: the page after a login with a temporary one (see middlewares). */
/** The fields of this page's forms. */
const FIELDS = ["action", "current", "next"];

export const handler = define.handlers({
  GET(ctx) {
    ctx.state.title = "Change password";
    return page({ error: null as PasswordFormError | null }, {
      headers: NO_STORE,
    });
  },

  async POST(ctx) {
    const { state } = ctx;
    state.title = "Change password";
    const spent = await confirmationsSpent(state);
    if (spent !== null) {
      markLimited(state.visitor, spent);
      const error: PasswordFormError = { message: limitedMessage(spent) };
      return page({ error }, {
        status: 429,
        headers: { ...NO_STORE, ...rateLimitHeaders(spent) },
      });
    }
    const result = await changeOwnPassword(
      state.services.accounts,
      {
        signedIn: state.signedIn,
        visitor: state.visitor,
        device: deviceCookie.read(ctx.req.headers, ctx.state.cookies),
      },
      await readForm(ctx.req, FIELDS),
    );
    if (!result.ok) {
      return page({ error: result }, {
        status: result.status,
        headers: { ...NO_STORE, ...result.headers },
      });
    }
    const next = nextPath(ctx.url.searchParams.get("next"));
    const to = next === "/" ? "/profile?done=password" : next;
    const response = ctx.redirect(to, 303);
    sessionCookie.set(response.headers, result.secret, state.cookies);
    return response;
  },
});

export default define.page<typeof handler>(
  function ChangePassword({ data: { error }, state }) {
    const user = state.user;
    return (
      <main id="main" class="narrow">
        <h1>Change your password</h1>
        {user.must_change_password && (
          <Notice kind="info">
            Your current password was set by an admin. Choose a new one that
            nobody else knows to continue.
          </Notice>
        )}
        {error && (
          <Notice kind="bad">
            {error.field
              ? <a href={`#${error.field}`}>{error.message}</a>
              : error.message}
          </Notice>
        )}
        <PasswordForm username={user.username} error={error} isPage />
      </main>
    );
  },
);
