import { auditOwn } from "../../lib/accounts/audit_own.ts";
import { deviceCookie, sessionCookie } from "../../lib/accounts/cookies.ts";
import { type Context, page } from "fresh";
import { DeviceList } from "../../components/account/device_list.tsx";
import { Field } from "../../components/ui/field.tsx";
import { LoginList } from "../../components/account/login_list.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import {
  PasswordForm,
  type PasswordFormError,
} from "../../components/account/password_form.tsx";
import { SessionList } from "../../components/account/session_list.tsx";
import { utc } from "../../components/ui/time.tsx";
import { confirmationsSpent } from "../../lib/accounts/attempt.ts";
import { SOURCE_NAMES } from "../../lib/accounts/outside_user.ts";
import { noPassword } from "../../lib/accounts/sign_in_ways.ts";
import { confirmPassword } from "../../lib/accounts/confirm_password.ts";
import { LastAdminError } from "../../lib/accounts/errors.ts";
import {
  findDevice,
  forgetDevices,
  listDevicesOf,
} from "../../lib/accounts/devices.ts";
import { changeOwnPassword } from "../../lib/accounts/own_password.ts";
import { listRecentLogins } from "../../lib/accounts/recent_logins.ts";
import { getTotp } from "../../lib/accounts/second_factor.ts";
import type { AuditAction } from "../../lib/store/audit_actions.ts";
import { eraseAccount } from "../../lib/erasure/erase_account.ts";
import { traceStore } from "../../lib/erasure/trace_store.ts";
import { limitedMessage, markLimited } from "../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import {
  destroySessionById,
  listSessionsOf,
} from "../../lib/accounts/sessions.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define, type State } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  welcome: "Welcome! Your account has been created.",
  password:
    "Your password has been changed. All other sessions have ended, and other devices are no longer known.",
  revoked: "The session has ended.",
  forgotten: "The device has been removed.",
};
const NO_STORE = { "cache-control": "no-store" };

async function load(
  state: State,
  headers: Headers,
  error: PasswordFormError | null,
) {
  const { accounts, geo, now } = state.services;
  const user = state.user;
  state.title = "Profile";
  const secret = deviceCookie.read(headers, state.cookies);
  const [sessions, devices, thisDevice, logins, totp] = await Promise.all([
    listSessionsOf(accounts, user),
    listDevicesOf(accounts, user.id),
    secret === null ? null : findDevice(accounts, secret),
    listRecentLogins(accounts, user.id),
    getTotp(accounts, user.id),
  ]);
  return {
    now: now(),
    error,
    sessions: sessions.map(({ id, session }) => ({
      id,
      session,
      isThis: id === state.signedIn.id,
      place: geo.peek(session.ip_address) ?? null,
    })),
    devices: devices.map(({ id, device }) => ({
      id,
      device,
      isThis: id === thisDevice?.id,
      place: geo.peek(device.ip_address) ?? null,
    })),
    logins,
    recoveryCodes: totp?.recovery.length ?? null,
    /** The form that was refused over its password, and why. */
    refused: null as { action: string; message: string } | null,
  };
}

/** The actions that require the password. Each resolves to the value of `?done=` on success. */
const ACTIONS: Record<
  string,
  (state: State, form: URLSearchParams) => Promise<string>
> = {
  async revoke({ services: { accounts }, user }, form) {
    const id = form.get("session") ?? "";
    const mine = await listSessionsOf(accounts, user);
    if (!mine.some((session) => session.id === id)) {
      throw new Refusal("missing", "This session has ended already.");
    }
    await destroySessionById(accounts, id);
    return "revoked";
  },
  async forget({ services: { accounts }, user }, form) {
    const id = form.get("device") ?? "";
    const mine = await listDevicesOf(accounts, user.id);
    if (!mine.some((device) => device.id === id)) {
      throw new Refusal("missing", "This device has been removed already.");
    }
    await forgetDevices(accounts, user.id, id);
    return "forgotten";
  },
};

/** The names of these actions in the audit trail. */
const AUDITED: Record<string, AuditAction> = {
  revoke: "user_revoke",
  forget: "user_forget_device",
};

/** The fields of this page's forms. */
const FIELDS = ["action", "session", "device", "password", "current", "next"];

export const handler = define.handlers({
  async GET(ctx) {
    const data = await load(ctx.state, ctx.req.headers, null);
    return page(data, { headers: NO_STORE });
  },

  async POST(ctx) {
    const { state, req } = ctx;
    const { accounts } = state.services;
    const { source } = state.user;
    if (source) throw new Refusal("forbidden", noPassword(source));
    const spent = await confirmationsSpent(state);
    if (spent !== null) {
      markLimited(state.visitor, spent);
      const error = { message: limitedMessage(spent) };
      return page(await load(state, req.headers, error), {
        status: 429,
        headers: { ...NO_STORE, ...rateLimitHeaders(spent) },
      });
    }
    const form = await readForm(req, FIELDS);
    const name = form.get("action") ?? "password";
    if (Object.hasOwn(ACTIONS, name)) {
      // A stolen session must not be enough to lock its owner out.
      const refused = isOwnLogout(state, form)
        ? null
        : await unconfirmed(ctx, name, form);
      if (refused !== null) return refused;
      const done = await ACTIONS[name]!(state, form);
      const { username } = state.user;
      await auditOwn(accounts, {
        ...{ username, what: AUDITED[name]!, from: state.visitor.ip },
      });
      return ctx.redirect(`/profile?done=${done}`, 303);
    }
    if (name === "delete") {
      return await unconfirmed(ctx, name, form) ?? await deleteOwn(ctx);
    }
    if (name !== "password") {
      throw new Refusal(
        "malformed",
        "Cannot change the profile: unknown action",
      );
    }
    const result = await changeOwnPassword(
      accounts,
      {
        signedIn: state.signedIn,
        visitor: state.visitor,
        device: deviceCookie.read(req.headers, state.cookies),
      },
      form,
    );
    if (result.ok) {
      const response = ctx.redirect("/profile?done=password", 303);
      sessionCookie.set(response.headers, result.secret, state.cookies);
      return response;
    }
    return page(await load(state, req.headers, result), {
      status: result.status,
      headers: { ...NO_STORE, ...result.headers },
    });
  },
});

/** Ending the current session is a logout. */
function isOwnLogout({ signedIn }: State, form: URLSearchParams): boolean {
  return form.get("action") === "revoke" &&
    form.get("session") === signedIn.id;
}

/** The page that says why an action is refused; null if the password was sent and is correct. */
async function unconfirmed(
  ctx: Context<State>,
  action: string,
  form: URLSearchParams,
) {
  const { state } = ctx;
  const { services, signedIn, visitor } = state;
  const password = form.get("password") ?? "";
  if (password === "") return await refuse(ctx, action, 422, MISSING);
  const confirmed = await confirmPassword(
    ...[services.accounts, signedIn, password] as const,
  );
  if (confirmed.ok) return null;
  if (confirmed.kind === "wrong") return await refuse(ctx, action, 422, WRONG);
  const { decision } = confirmed;
  markLimited(visitor, decision);
  return await refuse(
    ...[ctx, action, 429, limitedMessage(decision)] as const,
    rateLimitHeaders(decision),
  );
}

const MISSING = "Your password is required. Nothing was changed.";
const WRONG = "This is not your password. Nothing was changed.";

async function refuse(
  { state, req }: Context<State>,
  action: string,
  status: number,
  message: string,
  headers: Record<string, string> = {},
) {
  const data = await load(state, req.headers, null);
  return page({ ...data, refused: { action, message } }, {
    status,
    headers: { ...NO_STORE, ...headers },
  });
}

/** Deletes one's own account and signs out. */
async function deleteOwn(ctx: Context<State>) {
  const { state } = ctx;
  const { services, user, visitor } = state;
  const { accounts } = services;
  await services.log.flush();
  const store = { ...accounts, ...traceStore(services) };
  try {
    await eraseAccount(store, user, { by: null, from: visitor.ip });
  } catch (error) {
    if (!(error instanceof LastAdminError)) throw error;
    const message = "You are the last admin. Make another user an admin first.";
    return await refuse(ctx, "delete", 409, message);
  }
  // The record of this request names no user either.
  visitor.username = null;
  const response = ctx.redirect("/?done=deleted", 303);
  sessionCookie.clear(response.headers, state.cookies);
  deviceCookie.clear(response.headers, state.cookies);
  return response;
}

export default define.page<typeof handler>(
  function Profile({ data, state, url }) {
    const user = state.user;
    const done = ownValue(DONE, url.searchParams.get("done"));
    const { error, now, recoveryCodes, refused } = data;
    const { source } = user;
    const why = (action: string) =>
      refused?.action === action ? refused.message : undefined;
    return (
      <main id="main">
        <h1>Profile</h1>
        {done && <Notice kind="good">{done}</Notice>}
        {refused && (
          <Notice kind="bad">
            <a href={`#${refused.action}-password`}>{refused.message}</a>
          </Notice>
        )}
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
          {source && (
            <>
              <dt>Logs in by</dt>
              <dd>
                {source === "provider"
                  ? state.services.provider?.label ?? SOURCE_NAMES[source]
                  : SOURCE_NAMES[source]}
              </dd>
            </>
          )}
          {!source && <dt>Second factor</dt>}
          {!source && (
            <dd>
              {recoveryCodes === null
                ? (
                  <>
                    <span class="badge">off</span>{" "}
                    <a href="/profile/second-factor">Turn on</a>
                  </>
                )
                : (
                  <>
                    <span class="badge good">on</span> {recoveryCodes}{" "}
                    recovery codes left ·{" "}
                    <a href="/profile/second-factor">Manage</a>
                  </>
                )}
            </dd>
          )}
        </dl>
        {source !== "proxy" && (
          <SessionList
            sessions={data.sessions}
            now={now}
            proof={source ? null : { error: why("revoke") }}
          />
        )}
        {!source && (
          <DeviceList devices={data.devices} now={now} error={why("forget")} />
        )}
        <LoginList logins={data.logins} now={now} />
        {source
          ? (
            <section class="panel" id="password">
              <h2>Password</h2>
              <p>{noPassword(source)}</p>
            </section>
          )
          : <PasswordForm username={user.username} error={error} />}
        <section class="panel" id="data">
          <h2>Your data</h2>
          <p>
            <a class="button quiet" href="/profile/data" download>
              Download my data
            </a>
          </p>
          {!source && (
            <details open={why("delete") !== undefined}>
              <summary>Delete my account</summary>
              <form method="post" class="stack">
                <p>
                  Your account is deleted with its sessions, tokens, devices and
                  second factor, and your name is removed from the request log.
                  This cannot be undone.
                </p>
                <input type="hidden" name="action" value="delete" />
                <Field
                  id="delete-password"
                  name="password"
                  label="Your password"
                  type="password"
                  autocomplete="current-password"
                  required
                  error={why("delete")}
                />
                <div>
                  <button class="danger" type="submit">
                    Delete my account
                  </button>
                </div>
              </form>
            </details>
          )}
        </section>
      </main>
    );
  },
);
