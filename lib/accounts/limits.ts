/**
 * What an attempt to log in has to get past before a password is hashed.
 *
 * A stranger's attempt is counted by address, by the number of accounts that address tries, by
 * account and address together, and by account. One from a known device, or from a session of the
 * very account, is counted by that device or user alone: strangers cannot use up its budget.
 *
 * @module
 */
import type { Rate } from "../limits/rate.ts";
import {
  createThrottle,
  type Decision,
  type Throttle,
} from "../limits/throttle.ts";
import type { AccountTag } from "./account_tag.ts";
import { findDevice, forgetDevices, type KnownDevice } from "./devices.ts";
import type { SignedIn } from "./sessions.ts";
import { createSprayLimit, type SprayLimit } from "./spray.ts";
import { type AccountStore, findUserByName } from "./users.ts";

/** How many attempts pass, by who makes them and at what. */
export interface LoginRates {
  loginRateAnonymous: Rate;
  loginRateAuthenticated: Rate;
  loginRateAccount: Rate;
  loginRateSpray: Rate;
  signupRate: Rate;
}

/** The limits of login and signup; one set per process. Subjects are in parentheses. */
export interface LoginThrottles {
  /** Attempts of strangers (address). */
  login: Throttle;
  /** Attempts of somebody signed in (user). */
  loginSignedIn: Throttle;
  /** Accounts that strangers fail at (address). */
  spray: SprayLimit;
  /**
   * Attempts of strangers at an account (address and account): half of the account's budget, so
   * that it takes more than one address to shut an account's owner out on a new device.
   */
  pair: Throttle;
  /** Attempts of all strangers at an account (account, whether there is one of that name or not). */
  account: Throttle;
  /** Attempts from a known device, in a short window (device). */
  device: Throttle;
  /** Failures in a row of a known device or of a session (device or user): theft ends here. */
  trusted: Throttle;
  /** Codes of a second factor (user). */
  code: Throttle;
  signup: Throttle;
}

/** Creates the limits of login and signup. */
export function createLoginThrottles(
  { rates, ...options }: {
    kv: Deno.Kv;
    now: () => number;
    rates: Pick<LoginRates, "loginRateSpray">;
    deadlineMs?: number;
  },
): LoginThrottles {
  const throttle = (name: string, resettable = false) =>
    createThrottle({ ...options, name, resettable });
  return {
    login: throttle("login"),
    loginSignedIn: throttle("login-signed-in"),
    spray: createSprayLimit({ ...options, rate: rates.loginRateSpray }),
    pair: throttle("login-pair", true),
    account: throttle("login-account", true),
    device: throttle("login-device"),
    trusted: throttle("login-trusted", true),
    code: throttle("login-code", true),
    signup: throttle("signup"),
  };
}

/** What the limits are asked with. */
export interface LimitDeps extends AccountStore {
  throttles: LoginThrottles;
  rates: LoginRates;
  tag: AccountTag;
}

/** An attempt, as far as limits look at it. */
export interface CountedAttempt {
  username: string;
  /** The client's address, or its network. */
  subject: string;
  /** The caller's session, where there is one. */
  current: SignedIn | null;
  /** The secret in the caller's device cookie, or null. */
  device: string | null;
}

/**
 * Counts an attempt by all limits that apply, in a fixed order, up to the first that refuses it.
 * Nothing depends on whether the account exists, but for whoever has a cookie or session of it.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function admit(
  deps: LimitDeps,
  attempt: CountedAttempt,
): Promise<Decision> {
  const { throttles, rates } = deps;
  const { subject, current } = attempt;
  const { account, pair, device, trusted } = await subjectsOf(deps, attempt);
  const limits: (() => Promise<Decision>)[] = [
    () =>
      device
        ? throttles.device.take(device.id, rates.loginRateAnonymous)
        : current
        ? throttles.loginSignedIn.take(
          current.user.id,
          rates.loginRateAuthenticated,
        )
        : throttles.login.take(subject, rates.loginRateAnonymous),
  ];
  if (trusted !== null) {
    limits.push(() => throttles.trusted.take(trusted, rates.loginRateAccount));
  } else {
    limits.push(
      () => throttles.spray.take(subject, account),
      () => throttles.pair.take(pair, half(rates.loginRateAccount)),
      () => throttles.account.take(account, rates.loginRateAccount),
    );
  }
  let first: Decision | undefined;
  for (const limit of limits) {
    const decision = await limit();
    first ??= decision;
    if (decision.allowed) continue;
    if (device && decision.policy === "login-trusted") {
      // So many wrong passwords are no owner's: from now on this is a stranger.
      await forgetDevices(deps, device.device.user_id, device.id);
    }
    return decision;
  }
  return first!;
}

/**
 * Forgets what an attempt that turned out right was counted by, so that nobody who knows the
 * password is kept out by what came before. The address's own count stays: behind it may be others.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function forgive(
  deps: LimitDeps,
  attempt: CountedAttempt,
): Promise<void> {
  const { throttles } = deps;
  const { account, pair, trusted } = await subjectsOf(deps, attempt);
  await Promise.all([
    throttles.account.reset(account),
    throttles.pair.reset(pair),
    trusted === null
      ? throttles.spray.forgive(attempt.subject, account)
      : throttles.trusted.reset(trusted),
  ]);
}

/** By what an attempt is counted. */
async function subjectsOf(
  deps: LimitDeps,
  { username, subject, current, device: secret }: CountedAttempt,
) {
  const account = deps.tag(username);
  const device = await deviceOf(deps, username, secret);
  const isOwn = current !== null && deps.tag(current.user.username) === account;
  return {
    account,
    pair: `${subject} ${account}`,
    device,
    /** Who proved before to be the account's user: a device or a session, or null. */
    trusted: device?.id ?? (isOwn ? current.user.id : null),
  };
}

/** The known device of the very account that is tried, or null. */
async function deviceOf(
  store: AccountStore,
  username: string,
  secret: string | null,
): Promise<KnownDevice | null> {
  const found = secret === null ? null : await findDevice(store, secret);
  if (found === null) return null;
  const user = await findUserByName(store, username);
  return user?.id === found.device.user_id ? found : null;
}

function half({ limit, windowMs }: Rate): Rate {
  return { limit: Math.ceil(limit / 2), windowMs };
}
