import { page } from "fresh";
import { Field } from "../../components/field.tsx";
import { Notice } from "../../components/notice.tsx";
import { Time, utc } from "../../components/time.tsx";
import { changePassword } from "../../lib/accounts/change_password.ts";
import { setSessionCookie } from "../../lib/accounts/session_cookie.ts";
import {
  destroySessionById,
  listSessionsOf,
} from "../../lib/accounts/sessions.ts";
import { limitedMessage } from "../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../lib/guard/rate_limit_headers.ts";
import { readForm } from "../../lib/request_body.ts";
import { RequestError } from "../../lib/request_error.ts";
import { define, type State } from "../../utils.ts";

const DONE: Record<string, string> = {
  welcome: "Welcome! Your account has been created.",
  password: "Your password has been changed. All other sessions have ended.",
  revoked: "The session has ended.",
};
const NO_STORE = { "cache-control": "no-store" };

interface PasswordError {
  field?: "current" | "next";
  message: string;
}

async function load(state: State, error: PasswordError | null) {
  const { accounts, geo, now } = state.services;
  const sessions = await listSessionsOf(accounts, state.user!);
  state.title = "Profile";
  return {
    now: now(),
    error,
    sessions: sessions.map(({ id, session }) => ({
      id,
      session,
      isThis: id === state.signedIn!.id,
      place: geo.peek(session.ip_address) ?? null,
    })),
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, null), { headers: NO_STORE });
  },

  async POST(ctx) {
    const { state } = ctx;
    const { accounts } = state.services;
    const form = await readForm(ctx.req);
    if (form.get("action") === "revoke") {
      const id = form.get("session") ?? "";
      const mine = await listSessionsOf(accounts, state.user!);
      if (!mine.some((session) => session.id === id)) {
        throw new RequestError(404, "This session has ended already.");
      }
      await destroySessionById(accounts, id);
      return ctx.redirect("/profile?done=revoked", 303);
    }
    const result = await changePassword(accounts, state.signedIn!, {
      current: form.get("current") ?? "",
      next: form.get("next") ?? "",
    });
    if (result.ok) {
      const response = ctx.redirect("/profile?done=password", 303);
      setSessionCookie(response.headers, result.secret, state.isSecure);
      return response;
    }
    switch (result.kind) {
      case "limited": {
        state.visitor.outcome = "limited";
        const { decision } = result;
        return page(await load(state, { message: limitedMessage(decision) }), {
          status: 429,
          headers: { ...NO_STORE, ...rateLimitHeaders(decision) },
        });
      }
      case "wrong": {
        const error = {
          field: "current",
          message: "This is not your present password.",
        } as const;
        return page(await load(state, error), {
          status: 422,
          headers: NO_STORE,
        });
      }
      case "invalid": {
        const error = { field: "next", message: result.message } as const;
        return page(await load(state, error), {
          status: 422,
          headers: NO_STORE,
        });
      }
    }
  },
});

export default define.page<typeof handler>(
  function Profile({ data, state, url }) {
    const user = state.user!;
    const done = DONE[url.searchParams.get("done") ?? ""];
    const { error, sessions, now } = data;
    const at = (field: string) =>
      error?.field === field ? error.message : undefined;
    return (
      <main id="main">
        <h1>Profile</h1>
        {done && <Notice kind="good">{done}</Notice>}
        {error && (
          <Notice kind="bad">
            {error.field
              ? <a href={`#${error.field}`}>{error.message}</a>
              : error.message}
          </Notice>
        )}
        <dl class="panel facts">
          <dt>User name</dt>
          <dd>{user.username}</dd>
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>Member since</dt>
          <dd>{utc(user.created_at)} UTC</dd>
        </dl>
        <section class="panel flush">
          <h2>Sessions and tokens</h2>
          <div
            class="scroll"
            tabIndex={0}
            role="region"
            aria-label="Sessions and tokens"
          >
            <table>
              <thead>
                <tr>
                  <th scope="col">Kind</th>
                  <th scope="col">Address</th>
                  <th scope="col">Place</th>
                  <th scope="col">User agent</th>
                  <th scope="col">Begun</th>
                  <th scope="col">Last seen</th>
                  <th scope="col">
                    <span class="visually-hidden">Action</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {sessions.map(({ id, session, isThis, place }) => (
                  <tr key={id}>
                    <td class="nowrap">
                      {session.kind === "api" ? "API token" : "Browser"}{" "}
                      {isThis && <span class="badge good">this one</span>}
                    </td>
                    <td class="mono nowrap">{session.ip_address}</td>
                    <td>
                      {[place?.city, place?.country].filter(Boolean).join(
                        ", ",
                      ) ||
                        <span class="muted">unknown</span>}
                    </td>
                    <td class="long muted">{session.user_agent ?? "–"}</td>
                    <td class="nowrap">
                      <Time at={session.created_at} now={now} />
                    </td>
                    <td class="nowrap">
                      <Time at={session.last_seen_at} now={now} />
                    </td>
                    <td>
                      <form method="post">
                        <input type="hidden" name="action" value="revoke" />
                        <input type="hidden" name="session" value={id} />
                        <button
                          class="danger small"
                          type="submit"
                          aria-label={`End the session from ${session.ip_address}`}
                        >
                          End
                        </button>
                      </form>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
        <form method="post" class="panel">
          <h2>Change password</h2>
          <input type="hidden" name="action" value="password" />
          <input
            type="text"
            hidden
            autocomplete="username"
            value={user.username}
            readOnly
          />
          <Field
            name="current"
            label="Present password"
            type="password"
            autocomplete="current-password"
            required
            error={at("current")}
          />
          <Field
            name="next"
            label="New password"
            type="password"
            autocomplete="new-password"
            hint="At least 8 characters. All other sessions will end."
            required
            error={at("next")}
          />
          <button type="submit">Change password</button>
        </form>
      </main>
    );
  },
);
