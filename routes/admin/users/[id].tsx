import { type Context, HttpError, page } from "fresh";
import { LockList } from "../../../components/people/lock_list.tsx";
import { LoginList } from "../../../components/account/login_list.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { SessionList } from "../../../components/account/session_list.tsx";
import { utc } from "../../../components/ui/time.tsx";
import { liftLocks, listLocks } from "../../../lib/accounts/locks.ts";
import { listRecentLogins } from "../../../lib/accounts/recent_logins.ts";
import { SOURCE_NAMES } from "../../../lib/accounts/outside_user.ts";
import {
  hasGivenRole,
  noPassword,
} from "../../../lib/accounts/sign_in_ways.ts";
import { resetPassword } from "../../../lib/accounts/reset_password.ts";
import { getTotp, removeTotp } from "../../../lib/accounts/second_factor.ts";
import {
  destroyAllOf,
  destroySessionById,
  listSessionsOf,
} from "../../../lib/accounts/sessions.ts";
import type { User } from "../../../lib/accounts/user.ts";
import { getUser } from "../../../lib/accounts/users.ts";
import { LastAdminError } from "../../../lib/accounts/errors.ts";
import { eraseAccount } from "../../../lib/erasure/erase_account.ts";
import { traceStore } from "../../../lib/erasure/trace_store.ts";
import { appendAudit } from "../../../lib/store/audit.ts";
import type { AuditAction } from "../../../lib/store/audit_actions.ts";
import { logLine } from "../../../lib/base/log_line.ts";
import { ownValue } from "../../../lib/base/own_value.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define, type State } from "../../../signed_in.ts";

const DONE: Record<string, string> = {
  revoke: "The session has ended.",
  revoke_all: "All sessions and tokens have ended.",
  lift: "The locks are lifted, and their attempts are reset.",
  remove_factor: "The second factor is off, and all sessions have ended.",
};

interface Shown {
  /** A new password, shown only once. */
  password?: string;
  error?: string;
}

async function subject(state: State, id: string | undefined): Promise<User> {
  const user = /^[\w-]{1,64}$/.test(id ?? "")
    ? await getUser(state.services.accounts, id!)
    : null;
  if (user === null) throw new HttpError(404, "There is no such user.");
  return user;
}

async function load(state: State, user: User, shown: Shown = {}) {
  const { accounts, geo, now } = state.services;
  const [sessions, logins, totp, locks] = await Promise.all([
    listSessionsOf(accounts, user),
    listRecentLogins(accounts, user.id),
    getTotp(accounts, user.id),
    listLocks(accounts, user),
  ]);
  state.title = user.username;
  return {
    user,
    shown,
    hasSecondFactor: totp !== null,
    logins,
    locks,
    sessions: sessions.map(({ id, session }) => ({
      id,
      session,
      isThis: id === state.signedIn.id,
      place: geo.peek(session.ip_address) ?? null,
    })),
    now: now(),
  };
}

type Action = (
  state: State,
  user: User,
  form: URLSearchParams,
) => Promise<Shown | void>;

const ACTIONS: Record<string, Action> = {
  async revoke({ services: { accounts } }, user, form) {
    const id = form.get("session") ?? "";
    const theirs = await listSessionsOf(accounts, user);
    if (!theirs.some((session) => session.id === id)) {
      throw new Refusal("missing", "This session has ended already.");
    }
    await destroySessionById(accounts, id);
  },
  revoke_all: ({ services: { accounts }, signedIn }, user) =>
    destroyAllOf(accounts, user.id, signedIn.id),
  async lift({ services: { accounts } }, user) {
    await liftLocks(accounts, user);
  },
  async remove_factor({ services: { accounts } }, user) {
    await removeTotp(accounts, user.id);
  },
  async reset_password({ services: { accounts } }, user) {
    const { password } = await resetPassword(accounts, user.id);
    return { password };
  },
};
/** One's own account is changed on the profile, which requires the password. */
const REFUSED_FOR_SELF = new Set(["remove_factor", "reset_password"]);

/** The fields of this page's forms. */
const FIELDS = ["action", "session", "confirm"];

export const handler = define.handlers({
  async GET(ctx) {
    const user = await subject(ctx.state, ctx.params.id);
    return page(await load(ctx.state, user));
  },

  async POST(ctx) {
    const { state } = ctx;
    const { kv, now } = state.services;
    const user = await subject(state, ctx.params.id);
    const form = await readForm(ctx.req, FIELDS);
    const name = form.get("action") ?? "";
    if (name === "erase") return await erase(ctx, user, form);
    const action = ownValue(ACTIONS, name);
    if (!action) {
      throw new Refusal("malformed", "Cannot change the user: unknown action");
    }
    if (user.id === state.user.id && REFUSED_FOR_SELF.has(name)) {
      const error =
        "Change your own password and second factor on your profile.";
      return page(await load(state, user, { error }), { status: 409 });
    }
    if (user.source && name === "reset_password") {
      const error = `${user.username} has no password here: ${
        SOURCE_NAMES[user.source]
      } says who that is.`;
      return page(await load(state, user, { error }), { status: 409 });
    }
    const shown = await action(state, user, form);
    const who = state.user.username;
    const { ip } = state.visitor;
    logLine("info", "authz_admin", {
      userid: who,
      ip_address: ip,
      action: name,
      target: user.username,
    });
    await appendAudit(kv, {
      who,
      what: `user_${name}` as AuditAction,
      target: user.username,
      from: ip,
    }, now());
    if (shown) {
      const changed = await subject(state, ctx.params.id);
      return page(await load(state, changed, shown));
    }
    return ctx.redirect(`${ctx.url.pathname}?done=${name}`, 303);
  },
});

/** Deletes the account and erases its name, after the name was typed again. */
async function erase(
  ctx: Context<State>,
  user: User,
  form: URLSearchParams,
) {
  const { state } = ctx;
  const { services } = state;
  const refuse = async (status: number, error: string) =>
    page(await load(state, user, { error }), { status });
  if (user.id === state.user.id) {
    return await refuse(409, "Delete your own account on your profile.");
  }
  if (form.get("confirm")?.trim() !== user.username) {
    return await refuse(
      422,
      "Nothing was erased: type the user name to confirm.",
    );
  }
  await services.log.flush();
  const store = { ...services.accounts, ...traceStore(services) };
  try {
    await eraseAccount(store, user, {
      by: state.user.username,
      from: state.visitor.ip,
    });
  } catch (error) {
    if (!(error instanceof LastAdminError)) throw error;
    return await refuse(409, error.message);
  }
  return ctx.redirect("/admin/users?done=erase", 303);
}

export default define.page<typeof handler>(
  function OneUser({ data, url, state }) {
    const { user, shown, hasSecondFactor, sessions, logins, locks, now } = data;
    const done = ownValue(DONE, url.searchParams.get("done"));
    const isSelf = user.id === state.user.id;
    const log = new URLSearchParams({ username: user.username });
    return (
      <>
        <p>
          <a href="/admin/users">← Users</a>
        </p>
        <h1>{user.username}</h1>
        {shown.error && <Notice kind="bad">{shown.error}</Notice>}
        {done && !shown.error && <Notice kind="good">{done}</Notice>}
        {shown.password && (
          <Notice kind="good">
            <p>
              The new password, shown this once. All sessions have ended; the
              user has to change it at the next login, within three days, before
              anything else works.
            </p>
            <code class="secret" id="new-password">{shown.password}</code>
            <button
              type="button"
              class="link needs-js"
              data-copy={shown.password}
            >
              Copy
            </button>
          </Notice>
        )}
        <dl class="panel facts">
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>State</dt>
          <dd>
            {user.is_active
              ? <span class="badge good">active</span>
              : <span class="badge bad">disabled</span>}
          </dd>
          <dt>Created</dt>
          <dd>{utc(user.created_at)} UTC</dd>
          {user.source && (
            <>
              <dt>Logs in by</dt>
              <dd>
                {SOURCE_NAMES[user.source]}
                {hasGivenRole(user, state.services.config) &&
                  ", which says the role, too"}
              </dd>
            </>
          )}
          {!user.source && <dt>Password set</dt>}
          {!user.source && (
            <dd>
              {utc(user.password_changed_at)} UTC{" "}
              {user.must_change_password && (
                <span class="badge warn">to be changed at the next login</span>
              )}
            </dd>
          )}
          {!user.source && <dt>Second factor</dt>}
          {!user.source && (
            <dd>
              {hasSecondFactor
                ? <span class="badge good">on</span>
                : <span class="badge">off</span>}
            </dd>
          )}
          <dt>Requests</dt>
          <dd>
            <a href={`/admin/requests?${log}`}>In the request log</a>
          </dd>
        </dl>
        <section class="panel">
          <h2>Access</h2>
          {user.source === "proxy"
            ? (
              <p>
                The proxy ends this user's sessions. To keep the user out of
                here, disable the account.
              </p>
            )
            : isSelf && user.source
            ? <p>{noPassword(user.source)}</p>
            : isSelf
            ? (
              <p>
                Change your own password and second factor on{" "}
                <a href="/profile">your profile</a>.
              </p>
            )
            : (
              <form method="post" class="row">
                {!user.source && (
                  <button
                    class="quiet"
                    type="submit"
                    name="action"
                    value="reset_password"
                  >
                    Reset password
                  </button>
                )}
                {hasSecondFactor && (
                  <button
                    class="danger"
                    type="submit"
                    name="action"
                    value="remove_factor"
                  >
                    Remove second factor
                  </button>
                )}
                <button
                  class="danger"
                  type="submit"
                  name="action"
                  value="revoke_all"
                >
                  End all sessions
                </button>
              </form>
            )}
        </section>
        {sessions.length > 0
          ? <SessionList sessions={sessions} now={now} />
          : (
            <section class="panel flush">
              <h2>Sessions and tokens</h2>
              <p class="empty">Nobody is signed in as {user.username}.</p>
            </section>
          )}
        <LockList locks={locks} now={now} />
        <LoginList logins={logins} now={now} />
        <section class="panel">
          <h2>Export or erase data</h2>
          <form
            method="post"
            action={`/admin/export/account?id=${user.id}`}
            f-client-nav={false}
          >
            <button class="quiet" type="submit">
              Download all data as JSON
            </button>
          </form>
          {!isSelf && (
            <details>
              <summary>Delete this account</summary>
              <form method="post" class="stack">
                <p>
                  The account is deleted with its sessions, tokens, devices,
                  second factor and recent logins; its name is removed from the
                  request log and replaced by a pseudonym in the audit trail.
                  This cannot be undone.
                </p>
                <div class="field">
                  <label for="erase-confirm">
                    Type the user name to confirm
                  </label>
                  <input
                    id="erase-confirm"
                    name="confirm"
                    required
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck={false}
                    placeholder={user.username}
                  />
                </div>
                <div>
                  <button
                    class="danger"
                    type="submit"
                    name="action"
                    value="erase"
                  >
                    Delete the account
                  </button>
                </div>
              </form>
            </details>
          )}
        </section>
      </>
    );
  },
);
