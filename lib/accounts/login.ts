import type { Decision } from "../limits/throttle.ts";
import { upgradeHash } from "./change_user.ts";
import type { AccountMaker, Credentials } from "./create_user.ts";
import { rememberDevice } from "./devices.ts";
import { admit, admitCode, forgive, type LimitDeps } from "./limits.ts";
import type { LoginActivity } from "./login_activity.ts";
import type { LoginOutcome } from "./login_log.ts";
import { createPendingLogin } from "./pending_login.ts";
import { isRecoveryCode, recoveryCodeHash } from "./recovery_codes.ts";
import { getTotp, spendCode } from "./second_factor.ts";
import {
  createSession,
  destroySessionById,
  type SessionOrigin,
  type SignedIn,
} from "./sessions.ts";
import { storedAddress } from "./stored_address.ts";
import type { User } from "./user.ts";
import { findUserByName } from "./users.ts";
import { HOUR } from "../base/duration.ts";

/** The dependencies of login and signup. */
export interface LoginDeps extends AccountMaker, LimitDeps {
  activity: LoginActivity;
}

/** Who makes an attempt, and from where. */
export interface Caller extends SessionOrigin {
  /** By what strangers' attempts are counted: the client's address, or its network. */
  subject: string;
  /** The caller's session, where there is one. */
  current: SignedIn | null;
  /** The secret in the caller's device cookie, or null. */
  device: string | null;
}

/** One POST of a login or signup form. */
export interface Attempt extends Credentials, Caller {
  /** The code of a second factor, where a script sends it along; a browser is asked for it next. */
  code: string | null;
}

/** A login that succeeded. `decision` is for the header fields. */
export interface LoggedIn {
  ok: true;
  user: User;
  /** The session's secret. */
  secret: string;
  /** The secret by which the browser is known from now on; null for scripts. */
  device: string | null;
  decision: Decision;
}

/** How an attempt to log in ended. */
export type LoginResult =
  | LoggedIn
  | { ok: false; kind: "wrong"; decision: Decision }
  | { ok: false; kind: "limited"; decision: Decision }
  /** The password is right, and a code is needed, which a browser brings with `pending`. */
  | { ok: false; kind: "code"; pending: string | null; decision: Decision }
  /** The password is right, the code that came with it is not. */
  | { ok: false; kind: "wrong_code"; decision: Decision };

/**
 * Checks a name and a password and begins a new session, or asks for the second factor.
 *
 * Every attempt counts, right or wrong, and is counted before any password is hashed: otherwise
 * refused attempts could still keep the processors busy. A wrong password, an unknown name and a
 * disabled user get the same answer in the same time.
 *
 * A browser's session that the caller came with ends, so that an id known before a login is invalid
 * after it. A script's token is left alone.
 *
 * @throws {StoreDownError} when the store fails or hangs: no login succeeds without being counted.
 * @throws {BusyError} when too many passwords wait to be hashed.
 */
export async function login(
  deps: LoginDeps,
  attempt: Attempt,
): Promise<LoginResult> {
  const hasRecoveryCode = attempt.code !== null &&
    isRecoveryCode(attempt.code);
  const counted = { ...attempt, hasRecoveryCode };
  const decision = await admit(deps, counted);
  const report = (
    outcome: LoginOutcome,
    more: { policy?: string; isWrongCode?: boolean } = {},
  ) => {
    const { username, ip_address, user_agent } = attempt;
    const who = { username, ip_address, user_agent };
    deps.activity.report({ ...who, outcome, ...more });
  };
  if (!decision.allowed) {
    report("limited", { policy: decision.policy });
    return { ok: false, kind: "limited", decision };
  }

  const isKnown = decision.policy === "login-device";
  // Outside of the account's budget, the password is checked only with a valid recovery code.
  const mayTry = !hasRecoveryCode ||
    await hasRecovery(deps, attempt.username, attempt.code!);
  const user = mayTry ? await authenticate(deps, attempt, isKnown) : null;
  if (!mayTry) await deps.hasher.dummyVerify(attempt.password);
  if (user === null) {
    report("wrong");
    return { ok: false, kind: "wrong", decision };
  }
  if (await getTotp(deps, user.id) !== null) {
    if (attempt.kind === "browser" && attempt.code === null) {
      report("code");
      const pending = await createPendingLogin(deps, user);
      return { ok: false, kind: "code", pending, decision };
    }
    if (attempt.code === null) {
      report("code");
      return { ok: false, kind: "code", pending: null, decision };
    }
    const checked = hasRecoveryCode
      ? { ...decision, ok: await spendCode(deps, user.id, attempt.code) }
      : await checkCode(deps, user, attempt.code, attempt);
    if (!checked.allowed) {
      report("limited", { policy: checked.policy });
      return { ok: false, kind: "limited", decision: checked };
    }
    if (!checked.ok) {
      report("code", { isWrongCode: true });
      return { ok: false, kind: "wrong_code", decision };
    }
  }
  return await enter(deps, user, counted, decision);
}

/**
 * Checks the code of a user's second factor, which is counted before: see {@linkcode admitCode}.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function checkCode(
  deps: LimitDeps,
  user: User,
  code: string,
  caller: Pick<Caller, "subject" | "device">,
): Promise<Decision & { ok: boolean }> {
  const hasRecoveryCode = isRecoveryCode(code);
  const { decision, forgive } = await admitCode(deps, user, {
    ...{ subject: caller.subject, device: caller.device },
    hasRecoveryCode,
  });
  const ok = decision.allowed && await spendCode(deps, user.id, code);
  if (ok) await forgive();
  return { ...decision, ok };
}

/** Whether a code is one of the recovery codes that the account of that name has left. */
async function hasRecovery(
  deps: LimitDeps,
  username: string,
  code: string,
): Promise<boolean> {
  const user = await findUserByName(deps, username);
  const totp = user && await getTotp(deps, user.id);
  const hash = user && recoveryCodeHash(user.id, code);
  return Boolean(hash && totp?.recovery.includes(hash));
}

/**
 * Completes a login: removes the counts of its attempts, remembers the browser, starts the session
 * and ends the previous one.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function enter(
  deps: LoginDeps,
  user: User,
  caller: Caller & { hasRecoveryCode?: boolean },
  decision: Decision,
): Promise<LoggedIn> {
  const { username } = user;
  const { kind, current, ip_address, user_agent } = caller;
  await forgive(deps, { ...caller, username });
  const origin = {
    ...{ kind, user_agent },
    ip_address: await storedAddress(deps, ip_address),
  };
  const device = kind === "browser"
    ? await rememberDevice(deps, user, origin, caller.device)
    : null;
  const { secret } = await createSession(deps, user, origin);
  if (current?.session.kind === "browser" && kind === "browser") {
    await destroySessionById(deps, current.id);
  }
  deps.activity.report({
    username,
    ip_address,
    user_agent,
    outcome: "success",
  });
  return { ok: true, user, secret, device, decision };
}

/**
 * The active user that a name and a password belong to, or null, as for a temporary password that
 * has expired. Does not count attempts. Urgent
 * ones do not wait behind a flood of others.
 *
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function authenticate(
  deps: AccountMaker,
  { username, password }: Credentials,
  isUrgent = false,
): Promise<User | null> {
  const user = await findUserByName(deps, username);
  // Without a hash there is nothing to verify, but an immediate response would reveal that.
  if (user === null || user.source) {
    await deps.hasher.dummyVerify(password);
    return null;
  }
  const { ok, rehash } = await deps.hasher.verify(
    password,
    user.password_hash,
    isUrgent,
  );
  if (!ok || !user.is_active || isExpired(user, deps.now())) return null;
  if (rehash) {
    await upgradeHash(deps, user, await deps.hasher.hash(password));
  }
  return user;
}

/** How long a password that somebody else chose is good for a login, in milliseconds. */
export const TEMPORARY_PASSWORD_MS = 72 * HOUR;

/** Two people know a temporary password, so an unused one expires. */
function isExpired(user: User, now: number): boolean {
  return user.must_change_password === true &&
    now >= user.password_changed_at + TEMPORARY_PASSWORD_MS;
}

/** The one answer to a wrong password, an unknown name and a disabled user. */
export const WRONG_CREDENTIALS = "Incorrect user name or password.";
