/**
 * The limits of login attempts, checked before a password is hashed.
 *
 * A stranger's attempt is counted by address, by the number of accounts that address tries, by
 * account and address together, and by account. One from a known device, or from a session of the
 * very account, is counted by that device or user alone: strangers cannot use up its budget. An
 * attempt with a recovery code is counted separately, by account and address.
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
import type { User } from "./user.ts";
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
   * that one address alone cannot lock an account's owner out on a new device.
   */
  pair: Throttle;
  /** Attempts of all strangers at an account (account, whether there is one of that name or not). */
  account: Throttle;
  /** Attempts from a known device, in a short window (device). */
  device: Throttle;
  /**
   * Consecutive failures of a known device or of a session (device or user), against stolen ones.
   */
  trusted: Throttle;
  /** Codes of a second factor that strangers try (user). */
  code: Throttle;
  /** Codes of a second factor that a known device tries, without a right one between (device). */
  codeDevice: Throttle;
  /**
   * Recovery codes (device, or address, and account). Each has 60 random bits: what limits them is
   * no defence of the account, and so no stranger's attempts are counted for the owner's.
   */
  recovery: Throttle;
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
    loginSignedIn: throttle("login-signed-in", true),
    spray: createSprayLimit({ ...options, rate: rates.loginRateSpray }),
    pair: throttle("login-pair", true),
    account: throttle("login-account", true),
    device: throttle("login-device", true),
    trusted: throttle("login-trusted", true),
    code: throttle("login-code", true),
    codeDevice: throttle("login-code-device", true),
    recovery: throttle("login-recovery", true),
    signup: throttle("signup"),
  };
}

/** The subject that a limit is checked for. */
export interface LimitDeps extends AccountStore {
  throttles: LoginThrottles;
  rates: LoginRates;
  tag: AccountTag;
}

/** The properties of an attempt that limits use. */
export interface CountedAttempt {
  username: string;
  /** The client's address, or its network. */
  subject: string;
  /** The caller's session, where there is one. */
  current: SignedIn | null;
  /** The secret in the caller's device cookie, or null. */
  device: string | null;
  /** Whether a recovery code came along, which is then checked before the password. */
  hasRecoveryCode?: boolean;
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
  const limits: (() => Promise<Decision>)[] = attempt.hasRecoveryCode
    ? [
      () =>
        throttles.recovery.take(
          recoverySubject(device, subject, account),
          rates.loginRateAnonymous,
        ),
    ]
    : [
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
  if (attempt.hasRecoveryCode) {
    // One address does not get a hash for each of a thousand names.
    if (trusted === null) {
      limits.push(() => throttles.spray.take(subject, account));
    }
  } else if (trusted !== null) {
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
      // After this many wrong passwords it counts as a stranger.
      await forgetDevices(deps, device.device.user_id, device.id);
    }
    return decision;
  }
  return first!;
}

/**
 * Removes the counts of a successful attempt, so that users are not locked out by their own
 * mistakes. Attempts by others stay counted, by address and by account, or an attacker would get a
 * new budget with every login of the owner.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function forgive(
  deps: LimitDeps,
  attempt: CountedAttempt,
): Promise<void> {
  const { throttles, rates } = deps;
  const { account, pair, trusted } = await subjectsOf(deps, attempt);
  if (trusted !== null) return await throttles.trusted.reset(trusted);
  await Promise.all([
    attempt.hasRecoveryCode
      ? undefined
      : throttles.account.giveBack(account, rates.loginRateAccount),
    throttles.pair.reset(pair),
    throttles.spray.forgive(attempt.subject, account),
  ]);
}

/**
 * Counts a code of a user's second factor before it is checked, so that an attacker with the
 * password cannot try all codes. A known device and recovery codes have budgets of their own.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function admitCode(
  deps: LimitDeps,
  user: Pick<User, "id" | "username">,
  attempt: Pick<CountedAttempt, "subject" | "device" | "hasRecoveryCode">,
): Promise<{ decision: Decision; forgive: () => Promise<void> }> {
  const { throttles, rates } = deps;
  const { username, id } = user;
  const device = await deviceOf(deps, username, attempt.device);
  if (attempt.hasRecoveryCode) {
    const account = deps.tag(username);
    const subject = recoverySubject(device, attempt.subject, account);
    const rate = rates.loginRateAnonymous;
    return {
      decision: await throttles.recovery.take(subject, rate),
      forgive: () => throttles.recovery.giveBack(subject, rate),
    };
  }
  const rate = rates.loginRateAccount;
  return device
    ? {
      decision: await throttles.codeDevice.take(device.id, rate),
      forgive: () => throttles.codeDevice.reset(device.id),
    }
    : {
      decision: await throttles.code.take(id, rate),
      forgive: () => throttles.code.giveBack(id, rate),
    };
}

function recoverySubject(
  device: KnownDevice | null,
  subject: string,
  account: string,
): string {
  return `${device?.id.slice(0, 32) ?? subject} ${account}`;
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
    /** The known device or session of the account, or null. */
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

/** Half of a rate, for one address of those that share it. */
export function half({ limit, windowMs }: Rate): Rate {
  return { limit: Math.ceil(limit / 2), windowMs };
}
