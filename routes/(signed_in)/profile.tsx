import { page } from "fresh";
import { DeviceList } from "../../components/device_list.tsx";
import { LoginList } from "../../components/login_list.tsx";
import { Notice } from "../../components/notice.tsx";
import {
  PasswordForm,
  type PasswordFormError,
} from "../../components/password_form.tsx";
import { SessionList } from "../../components/session_list.tsx";
import { utc } from "../../components/time.tsx";
import { deviceCookie } from "../../lib/accounts/device_cookie.ts";
import {
  findDevice,
  forgetDevices,
  listDevicesOf,
} from "../../lib/accounts/devices.ts";
import { changeOwnPassword } from "../../lib/accounts/own_password.ts";
import { listRecentLogins } from "../../lib/accounts/recent_logins.ts";
import { getTotp } from "../../lib/accounts/second_factor.ts";
import { setSessionCookie } from "../../lib/accounts/session_cookie.ts";
import {
  destroySessionById,
  listSessionsOf,
} from "../../lib/accounts/sessions.ts";
import { own } from "../../lib/own.ts";
import { readForm } from "../../lib/request_body.ts";
import { RequestError } from "../../lib/request_error.ts";
import { define, type State } from "../../utils.ts";

const DONE: Record<string, string> = {
  welcome: "Welcome! Your account has been created.",
  password: "Your password has been changed. All other sessions have ended.",
  revoked: "The session has ended.",
  forgotten: "The device is not known any more.",
};
const NO_STORE = { "cache-control": "no-store" };

async function load(
  state: State,
  headers: Headers,
  error: PasswordFormError | null,
) {
  const { accounts, geo, now } = state.services;
  const user = state.user!;
  state.title = "Profile";
  const secret = deviceCookie.read(headers, state.isSecure);
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
      isThis: id === state.signedIn!.id,
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
  };
}

/** Each resolves to what `?done=` says on success. */
const ACTIONS: Record<
  string,
  (state: State, form: URLSearchParams) => Promise<string>
> = {
  async revoke({ services: { accounts }, user }, form) {
    const id = form.get("session") ?? "";
    const mine = await listSessionsOf(accounts, user!);
    if (!mine.some((session) => session.id === id)) {
      throw new RequestError(404, "This session has ended already.");
    }
    await destroySessionById(accounts, id);
    return "revoked";
  },
  async forget({ services: { accounts }, user }, form) {
    const id = form.get("device") ?? "";
    const mine = await listDevicesOf(accounts, user!.id);
    if (!mine.some((device) => device.id === id)) {
      throw new RequestError(404, "This device is not known any more.");
    }
    await forgetDevices(accounts, user!.id, id);
    return "forgotten";
  },
};

export const handler = define.handlers({
  async GET(ctx) {
    const data = await load(ctx.state, ctx.req.headers, null);
    return page(data, { headers: NO_STORE });
  },

  async POST(ctx) {
    const { state, req } = ctx;
    const { accounts } = state.services;
    const form = await readForm(req);
    const name = form.get("action") ?? "password";
    if (Object.hasOwn(ACTIONS, name)) {
      const done = await ACTIONS[name]!(state, form);
      return ctx.redirect(`/profile?done=${done}`, 303);
    }
    if (name !== "password") {
      throw new RequestError(400, "Cannot change the profile: unknown action");
    }
    const result = await changeOwnPassword(
      accounts,
      { signedIn: state.signedIn!, visitor: state.visitor },
      form,
    );
    if (result.ok) {
      const response = ctx.redirect("/profile?done=password", 303);
      setSessionCookie(response.headers, result.secret, state.isSecure);
      return response;
    }
    return page(await load(state, req.headers, result), {
      status: result.status,
      headers: { ...NO_STORE, ...result.headers },
    });
  },
});

export default define.page<typeof handler>(
  function Profile({ data, state, url }) {
    const user = state.user!;
    const done = own(DONE, url.searchParams.get("done"));
    const { error, now, recoveryCodes } = data;
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
          <dt>Second factor</dt>
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
        </dl>
        <SessionList sessions={data.sessions} now={now} />
        <DeviceList devices={data.devices} now={now} />
        <LoginList logins={data.logins} now={now} />
        <PasswordForm username={user.username} error={error} />
      </main>
    );
  },
);
