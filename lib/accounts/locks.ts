/**
 * The locks of an account, which an admin can see and lift: spent limits of logins, by their
 * subjects.
 *
 * @module
 */
import type { Rate } from "../limits/rate.ts";
import type { Decision, Throttle } from "../limits/throttle.ts";
import { reach } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { listDevicesOf } from "./devices.ts";
import { half, type LimitDeps } from "./limits.ts";
import { sessionIds } from "./sessions.ts";
import type { User } from "./user.ts";

/** A limit of an account's logins that is spent. */
export interface AccountLock {
  policy: string;
  /** Whom it locks out, in words. */
  who: string;
  /** How many attempts spent it. */
  limit: number;
  windowMs: number;
  /** When the next attempt can pass, in milliseconds since the epoch. */
  opens_at: number;
}

/** A limit with its subject for one account. */
interface Asked {
  throttle: Throttle;
  subject: string;
  rate: Rate;
  who: string;
}

/** The most addresses of one account that are checked one by one. */
const MAX_PAIRS = 10_000;

/**
 * The current locks of an account.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function listLocks(
  deps: LimitDeps,
  user: Pick<User, "id" | "username">,
): Promise<AccountLock[]> {
  const asked = await limitsOf(deps, user);
  const now = deps.now();
  const found = await Promise.all(
    asked.map(async ({ throttle, subject, rate, who }) => ({
      who,
      decision: await throttle.peek(subject, rate),
    })),
  );
  return found.filter(({ decision }) => !decision.allowed)
    .map(({ who, decision }) => lockOf(who, decision, now));
}

/**
 * Lifts all locks of an account and forgets the attempts that made them, in all processes at once.
 * Resolves to the lifted locks.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function liftLocks(
  deps: LimitDeps,
  user: Pick<User, "id" | "username">,
): Promise<AccountLock[]> {
  const locks = await listLocks(deps, user);
  const asked = await limitsOf(deps, user);
  await Promise.all(
    asked.map(({ throttle, subject }) => throttle.reset(subject)),
  );
  return locks;
}

function lockOf(who: string, decision: Decision, now: number): AccountLock {
  const { policy, limit, windowMs, retryAfterMs } = decision;
  return { policy, who, limit, windowMs, opens_at: now + retryAfterMs };
}

async function limitsOf(
  deps: LimitDeps,
  user: Pick<User, "id" | "username">,
): Promise<Asked[]> {
  const { id, username } = user;
  const { throttles, rates } = deps;
  const account = deps.tag(username);
  const [devices, sessions] = await Promise.all([
    listDevicesOf(deps, id),
    sessionIds(deps, id),
  ]);
  return [
    {
      throttle: throttles.account,
      subject: account,
      rate: rates.loginRateAccount,
      who: "everybody except known devices",
    },
    {
      throttle: throttles.code,
      subject: id,
      rate: rates.loginRateAccount,
      who: "codes of the second factor from everybody except known devices",
    },
    {
      throttle: throttles.trusted,
      subject: id,
      rate: rates.loginRateAccount,
      who: "logins in a row from the user's own sessions",
    },
    {
      throttle: throttles.loginSignedIn,
      subject: id,
      rate: rates.loginRateAuthenticated,
      who: "the user's own sessions",
    },
    ...sessions.flatMap((session) => [
      {
        throttle: throttles.trusted,
        subject: session,
        rate: rates.loginRateAccount,
        who: "password confirmations in one of the user's sessions",
      },
      {
        throttle: throttles.loginSignedIn,
        subject: session,
        rate: rates.loginRateAuthenticated,
        who:
          "password confirmations in one of the user's sessions, for a minute",
      },
    ]),
    ...devices.flatMap(({ id: device }) => [
      {
        throttle: throttles.device,
        subject: device,
        rate: rates.loginRateAnonymous,
        who: "a known device, for a minute",
      },
      {
        throttle: throttles.trusted,
        subject: device,
        rate: rates.loginRateAccount,
        who: "a known device",
      },
      {
        throttle: throttles.codeDevice,
        subject: device,
        rate: rates.loginRateAccount,
        who: "codes of the second factor from a known device",
      },
    ]),
    ...(await pairsOf(deps, "login-pair", account)).map((subject) => ({
      throttle: throttles.pair,
      subject,
      rate: half(rates.loginRateAccount),
      who: `one address: ${subject.split(" ")[0]}`,
    })),
    ...(await pairsOf(deps, "login-recovery", account)).map((subject) => ({
      throttle: throttles.recovery,
      subject,
      rate: rates.loginRateAnonymous,
      who: "recovery codes from one address or device",
    })),
  ];
}

/** The subjects of a policy that end in an account. */
async function pairsOf(
  { kv }: LimitDeps,
  policy: string,
  account: string,
): Promise<string[]> {
  const prefix = keys.throttle(policy, "").slice(0, -1);
  const found: string[] = [];
  let read = 0;
  await reach(async () => {
    for await (const { key } of kv.list({ prefix }, { batchSize: 1_000 })) {
      if (++read > MAX_PAIRS) break;
      const subject = String(key.at(-1));
      if (subject.endsWith(` ${account}`)) found.push(subject);
    }
  });
  return found;
}
