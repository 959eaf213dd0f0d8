import type { Rate } from "../guard/rate.ts";
import {
  createThrottle,
  type Decision,
  type Throttle,
} from "../guard/throttle.ts";
import { upgradeHash } from "./change_user.ts";
import type { AccountMaker, Credentials } from "./create_user.ts";
import { BusyError } from "./errors.ts";
import {
  createSession,
  destroySessionById,
  type SessionOrigin,
  type SignedIn,
} from "./sessions.ts";
import type { User } from "./user.ts";
import { findUserByName } from "./users.ts";

/** How many attempts pass, by who makes them. */
export interface LoginRates {
  loginRateAnonymous: Rate;
  loginRateAuthenticated: Rate;
  signupRate: Rate;
}

/** The throttles of login and signup; one set per process. */
export interface LoginThrottles {
  login: Throttle;
  loginSignedIn: Throttle;
  signup: Throttle;
}

/** What login and signup work with. */
export interface LoginDeps extends AccountMaker {
  throttles: LoginThrottles;
  rates: LoginRates;
}

/** One POST of a login or signup form. */
export interface Attempt extends Credentials, SessionOrigin {
  /** By what anonymous attempts are counted: the client's address, or its network. */
  subject: string;
  /** The caller's session, where there is one. */
  current: SignedIn | null;
}

/** How an attempt to log in ended. `decision` is for the header fields. */
export type LoginResult =
  | { ok: true; user: User; secret: string; decision: Decision }
  | { ok: false; kind: "wrong"; decision: Decision }
  | { ok: false; kind: "limited"; decision: Decision }
  | { ok: false; kind: "busy"; retryAfterMs: number; decision: Decision };

/** Creates the throttles of login and signup. */
export function createLoginThrottles(
  options: { kv: Deno.Kv; now: () => number; deadlineMs?: number },
): LoginThrottles {
  return {
    login: createThrottle({ ...options, name: "login" }),
    loginSignedIn: createThrottle({ ...options, name: "login-signed-in" }),
    signup: createThrottle({ ...options, name: "signup" }),
  };
}

/**
 * Checks a name and a password and begins a new session.
 *
 * Every attempt counts, right or wrong, and is counted before any password is hashed: otherwise
 * refused attempts could still keep the processors busy. A wrong password, an unknown name and a
 * disabled user get the same answer in the same time.
 *
 * A browser's session that the caller came with ends, so that an id that was known before a login
 * is worth nothing after it. A script's token is left alone.
 *
 * @throws {StoreDownError} when the store fails or hangs: nobody gets in without being counted.
 */
export async function login(
  deps: LoginDeps,
  attempt: Attempt,
): Promise<LoginResult> {
  const { throttles, rates } = deps;
  const { current } = attempt;
  const decision = current === null
    ? await throttles.login.take(attempt.subject, rates.loginRateAnonymous)
    : await throttles.loginSignedIn.take(
      current.user.id,
      rates.loginRateAuthenticated,
    );
  if (!decision.allowed) return { ok: false, kind: "limited", decision };

  try {
    const user = await authenticate(deps, attempt);
    if (user === null) return { ok: false, kind: "wrong", decision };
    const { secret } = await createSession(deps, user, attempt);
    if (current?.session.kind === "browser" && attempt.kind === "browser") {
      await destroySessionById(deps, current.id);
    }
    return { ok: true, user, secret, decision };
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    const { retryAfterMs } = error;
    return { ok: false, kind: "busy", retryAfterMs, decision };
  }
}

/**
 * The active user that a name and a password belong to, or null. Does not count attempts.
 *
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function authenticate(
  deps: AccountMaker,
  { username, password }: Credentials,
): Promise<User | null> {
  const user = await findUserByName(deps, username);
  if (user === null) {
    await deps.hasher.dummyVerify(password);
    return null;
  }
  const { ok, rehash } = await deps.hasher.verify(password, user.password_hash);
  if (!ok || !user.is_active) return null;
  if (rehash) {
    await upgradeHash(deps, user, await deps.hasher.hash(password));
  }
  return user;
}

/** The one answer to a wrong password, an unknown name and a disabled user. */
export const WRONG_CREDENTIALS = "Incorrect user name or password.";
