import { auditOwn } from "../../../lib/accounts/audit_own.ts";
import { sessionCookie } from "../../../lib/accounts/cookies.ts";
import { page } from "fresh";
import { Notice } from "../../../components/ui/notice.tsx";
import {
  BeginSecondFactor,
  ConfirmWithPassword,
  fieldId,
  RecoveryCodes,
  type SecondFactorError,
  SetUpSecondFactor,
} from "../../../components/account/second_factor.tsx";
import { utc } from "../../../components/ui/time.tsx";
import { toBase32 } from "../../../lib/accounts/base32.ts";
import { confirmationsSpent } from "../../../lib/accounts/attempt.ts";
import { confirmPassword } from "../../../lib/accounts/confirm_password.ts";
import { createSession } from "../../../lib/accounts/sessions.ts";
import {
  beginTotp,
  enableTotp,
  getTotp,
  getTotpSetup,
  removeTotp,
  renewRecoveryCodes,
} from "../../../lib/accounts/second_factor.ts";
import { totpUri } from "../../../lib/accounts/totp.ts";
import type { User } from "../../../lib/accounts/user.ts";
import { limitedMessage, markLimited } from "../../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../../lib/limits/rate_limit_headers.ts";
import type { AuditAction } from "../../../lib/store/audit_actions.ts";
import { logLine } from "../../../lib/base/log_line.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define, type State } from "../../../signed_in.ts";

const PATH = "/profile/second-factor";
/** Not compressed: the length of a compressed response would reveal the key in it (BREACH). */
const NO_STORE = { "cache-control": "no-store, no-transform" };

async function load(
  state: State,
  { error = null, codes = null }: {
    error?: SecondFactorError | null;
    codes?: string[] | null;
  } = {},
) {
  const { accounts } = state.services;
  const user = state.user;
  state.title = "Second factor";
  const totp = await getTotp(accounts, user.id);
  const secret = totp ? null : await getTotpSetup(accounts, user.id);
  return {
    error,
    /** Shown once, in the response that created them. */
    codes,
    enabled: totp && { at: totp.enabled_at, left: totp.recovery.length },
    setup: secret && {
      key: toBase32(secret).match(/.{4}/g)!.join(" "),
      uri: totpUri(secret, user.username),
    },
  };
}

/** The result of an action with the password, or the error to show. */
type Outcome = { codes?: string[]; user?: User } | SecondFactorError;

/** The actions that require the password. Each changes the second factor of the signed-in user. */
const ACTIONS: Record<
  string,
  (state: State, form: URLSearchParams) => Promise<Outcome>
> = {
  async enable({ services: { accounts }, user }, form) {
    const code = form.get("code") ?? "";
    return await enableTotp(accounts, user.id, code) ?? {
      action: "enable",
      field: "code",
      message:
        "This code is wrong or too old. Wait for the next code from the app.",
    };
  },
  async codes({ services: { accounts }, user }) {
    const codes = await renewRecoveryCodes(accounts, user.id);
    return { codes: codes ?? [] };
  },
  async disable({ services: { accounts }, user }) {
    return { user: await removeTotp(accounts, user.id) };
  },
};

/** The names of these actions in the audit trail. */
const AUDITED: Record<string, AuditAction> = {
  enable: "user_factor_on",
  codes: "user_recovery_codes",
  disable: "user_factor_off",
};

/** The fields of this page's forms. */
const FIELDS = ["action", "password", "code"];

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state), { headers: NO_STORE });
  },

  async POST(ctx) {
    const { state } = ctx;
    const { accounts } = state.services;
    const user = state.user;
    const spent = await confirmationsSpent(state);
    if (spent !== null) {
      markLimited(state.visitor, spent);
      const error = { action: "", message: limitedMessage(spent) };
      return page(await load(state, { error }), {
        status: 429,
        headers: { ...NO_STORE, ...rateLimitHeaders(spent) },
      });
    }
    const form = await readForm(ctx.req, FIELDS);
    const action = form.get("action") ?? "";
    if (action === "begin") {
      await beginTotp(accounts, user.id);
      return ctx.redirect(PATH, 303);
    }
    if (!Object.hasOwn(ACTIONS, action)) {
      throw new Refusal("malformed", "Cannot change this: unknown action");
    }
    const password = form.get("password") ?? "";
    const confirmed = await confirmPassword(
      ...[accounts, state.signedIn, password] as const,
    );
    if (!confirmed.ok) {
      if (confirmed.kind === "limited") {
        const { decision } = confirmed;
        markLimited(state.visitor, decision);
        const error = { action, message: limitedMessage(decision) };
        return page(await load(state, { error }), {
          status: 429,
          headers: { ...NO_STORE, ...rateLimitHeaders(decision) },
        });
      }
      const message = "This is not your password.";
      const error = { action, field: "password", message } as const;
      return page(await load(state, { error }), {
        status: 422,
        headers: NO_STORE,
      });
    }
    const outcome = await ACTIONS[action]!(state, form);
    if ("message" in outcome) {
      return page(await load(state, { error: outcome }), {
        status: 422,
        headers: NO_STORE,
      });
    }
    await auditOwn(state.services.accounts, {
      ...{ username: user.username, what: AUDITED[action]! },
      from: state.visitor.ip,
    });
    logLine("info", "user_updated", {
      userid: user.username,
      ip_address: state.visitor.ip,
      attributes: `second_factor:${action}`,
    });
    const headers = new Headers(NO_STORE);
    if (outcome.user) {
      // The change ended all sessions; the current one continues under a new id.
      const { session } = state.signedIn;
      const { secret } = await createSession(accounts, outcome.user, session);
      sessionCookie.set(headers, secret, state.cookies);
    }
    if (!outcome.codes) {
      headers.set("location", `${PATH}?done=disabled`);
      return new Response(null, { status: 303, headers });
    }
    // No redirect: only this response contains the codes.
    return page(await load(state, { codes: outcome.codes }), { headers });
  },
});

export default define.page<typeof handler>(
  function SecondFactor({ data, url, state }) {
    const { error, codes, enabled, setup } = data;
    return (
      <main id="main" class="text">
        <h1>Second factor</h1>
        {url.searchParams.get("done") === "disabled" && !enabled && !error && (
          <Notice kind="good">
            The second factor is off. All other sessions have ended.
          </Notice>
        )}
        {error && (
          <Notice kind="bad">
            {error.field
              ? (
                <a href={`#${fieldId(error.action, error.field)}`}>
                  {error.message}
                </a>
              )
              : error.message}
          </Notice>
        )}
        {codes && <RecoveryCodes codes={codes} />}
        {!enabled && !setup && <BeginSecondFactor />}
        {setup && <SetUpSecondFactor {...setup} error={error} />}
        {enabled && (
          <>
            <dl class="panel facts">
              <dt>State</dt>
              <dd>
                <span class="badge good">on</span>
              </dd>
              <dt>Since</dt>
              <dd>{utc(enabled.at)} UTC</dd>
              <dt>Recovery codes left</dt>
              <dd>{enabled.left}</dd>
            </dl>
            <ConfirmWithPassword
              action="codes"
              title="New recovery codes"
              text="Your current codes stop working."
              submit="Create new codes"
              username={state.user.username}
              error={error}
            />
            <ConfirmWithPassword
              action="disable"
              title="Turn off"
              text="The password alone will be enough to log in. All other sessions will end."
              submit="Turn off"
              isDanger
              username={state.user.username}
              error={error}
            />
          </>
        )}
        <p>
          <a href="/profile">Back to the profile</a>
        </p>
      </main>
    );
  },
);
