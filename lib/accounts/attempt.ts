import { deviceCookie } from "./cookies.ts";
import type { CookieScope } from "../http/cookie_scope.ts";
import type { Visitor } from "../guard/visitor.ts";
import { limitSubject } from "../net/prefix.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { readForm } from "../http/request_body.ts";
import type { Credentials } from "./create_user.ts";
import { logLine } from "../base/log_line.ts";
import type { Decision } from "../limits/throttle.ts";
import type { LimitDeps } from "./limits.ts";
import type { Attempt, Caller } from "./login.ts";
import type { SessionKind, SignedIn } from "./sessions.ts";

/** Who makes an attempt, as far as the middlewares have found out. */
export interface AttemptState {
  visitor: Visitor;
  signedIn: SignedIn | null;
  /** Which cookies are ours. */
  cookies: CookieScope;
  /** `ipv6Prefix`: how much of an IPv6 address counts as one client. */
  services: {
    config: { ipv6Prefix: number };
    addresses: Pick<AddressStorage, "nameOf">;
  };
}

/** Who makes a request, as login counts and records it. */
export function callerOf(
  headers: Headers,
  { visitor, signedIn, cookies, services }: AttemptState,
  kind: SessionKind,
): Caller {
  return {
    subject: services.addresses.nameOf(
      "limit",
      limitSubject(visitor.ip, services.config.ipv6Prefix),
    ),
    current: signedIn,
    device: deviceCookie.read(headers, cookies),
    kind,
    ip_address: visitor.ip,
    user_agent: headers.get("user-agent"),
  };
}

/** What `login()` and `signup()` need to know of a script's request. */
export function scriptAttempt(
  { username, password, code = null }: Credentials & { code?: string | null },
  headers: Headers,
  state: AttemptState,
): Attempt {
  return { username, password, code, ...callerOf(headers, state, "api") };
}

/** What the forms of login, signup and set-up send. */
const FORM_FIELDS = ["username", "password", "code", "token"];

/**
 * The attempt that a login or signup form makes.
 *
 * @throws {Refusal} for a body that is no form, or has fields that none of them has.
 */
export async function formAttempt(
  request: Request,
  state: AttemptState,
): Promise<Attempt & { token: string | null }> {
  const form = await readForm(request, FORM_FIELDS);
  return {
    token: form.get("token"),
    username: form.get("username") ?? "",
    password: form.get("password") ?? "",
    code: form.get("code")?.trim() || null,
    ...callerOf(request.headers, state, "browser"),
  };
}

type LimitState = AttemptState & {
  services: { accounts: Pick<LimitDeps, "throttles" | "rates"> };
};

/**
 * Checks the limits of the caller's address before the body of a login attempt is read: the limit
 * that is spent, or null. A caller with a session or a device cookie may have a separate budget,
 * which is known only with the user name. Nothing is counted here.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function spentBeforeBody(
  headers: Headers,
  state: LimitState,
): Promise<Decision | null> {
  const { throttles, rates } = state.services.accounts;
  const { subject, current, device } = callerOf(headers, state, "browser");
  if (current !== null || device !== null) return null;
  const decision = await throttles.login.peek(
    subject,
    rates.loginRateAnonymous,
  );
  if (decision.allowed) return null;
  // The account is not known, as the body was not read.
  logLine("warn", "excess_rate_limit_exceeded", {
    ip_address: state.visitor.ip,
    policy: decision.policy,
  });
  return decision;
}

/**
 * The same before the body of a sign-up is read.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function signupsSpent(
  headers: Headers,
  state: LimitState,
): Promise<Decision | null> {
  const { throttles, rates } = state.services.accounts;
  const { subject } = callerOf(headers, state, "browser");
  const decision = await throttles.signup.peek(subject, rates.signupRate);
  return decision.allowed ? null : decision;
}

/**
 * The same before the body of a password confirmation by a signed-in user is read.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function confirmationsSpent(
  state: LimitState,
): Promise<Decision | null> {
  const { throttles, rates } = state.services.accounts;
  const { id } = state.signedIn!;
  const [shortly, inARow] = await Promise.all([
    throttles.loginSignedIn.peek(id, rates.loginRateAuthenticated),
    throttles.trusted.peek(id, rates.loginRateAccount),
  ]);
  return shortly.allowed ? inARow.allowed ? null : inARow : shortly;
}
