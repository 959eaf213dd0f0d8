import { derive } from "../../lib/accounts/argon2.ts";
import { createArgon2Pool } from "../../lib/accounts/argon2_pool.ts";
import { createAccountTag } from "../../lib/accounts/account_tag.ts";
import { createLoginThrottles } from "../../lib/accounts/limits.ts";
import type { Attempt, LoginDeps } from "../../lib/accounts/login.ts";
import { LoginActivity } from "../../lib/accounts/login_activity.ts";
import { LoginLog } from "../../lib/accounts/login_log.ts";
import { createHasher, type Hasher } from "../../lib/accounts/passwords.ts";
import { parseRate } from "../../lib/limits/rate.ts";

export const PASSWORD = "correct horse battery staple";
export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Parameters with a minimal cost. */
export const CHEAP = { m: 16, t: 1 };

/** Real hashes, cheap and without workers. */
export function cheapHasher(maxPending = 10_000): Hasher {
  const createThread = () => ({ derive, close: () => Promise.resolve() });
  const pool = createArgon2Pool({ threads: 1, maxPending, createThread });
  return createHasher({ params: CHEAP, pool });
}

/** A hasher that counts its calls. */
export function countingHasher(hasher = cheapHasher()) {
  const count = { hash: 0, verify: 0, dummy: 0 };
  const counting: Hasher = {
    ...hasher,
    hash: (password) => (count.hash++, hasher.hash(password)),
    verify: (...args) => (count.verify++, hasher.verify(...args)),
    dummyVerify: (password) => (count.dummy++, hasher.dummyVerify(password)),
  };
  return { count, hasher: counting };
}

/** Accounts on an in-memory store, with a manual clock. */
export async function setUp() {
  const kv = await Deno.openKv(":memory:");
  const clock = { time: START };
  const now = () => clock.time;
  const { count, hasher } = countingHasher();
  const rates = {
    loginRateAnonymous: parseRate("5/m"),
    loginRateAuthenticated: parseRate("10/m"),
    loginRateAccount: parseRate("40/h"),
    loginRateSpray: parseRate("20/h"),
    signupRate: parseRate("5/h"),
  };
  const tag = await createAccountTag(kv);
  const log = new LoginLog({ kv, now, retentionMs: 30 * DAY });
  const lines: { event: string; fields: Record<string, unknown> }[] = [];
  const activity = new LoginActivity({
    ...{ kv, now, log, tag },
    place: () => ({ city: "Berlin", country: "Germany" }),
    line: (_, event, fields = {}) => void lines.push({ event, fields }),
  });
  const deps: LoginDeps = {
    ...{ kv, now, hasher, rates, tag, activity },
    // A busy machine must not look like a store that is down.
    throttles: createLoginThrottles({ kv, now, rates, deadlineMs: 10_000 }),
  };
  return {
    ...{ kv, clock, count, deps, lines },
    async [Symbol.asyncDispose]() {
      await activity.close();
      kv.close();
    },
  };
}

/** An attempt from one address, without a session. */
export function attempt(change: Partial<Attempt> = {}): Attempt {
  return {
    username: "ada",
    password: PASSWORD,
    subject: "203.0.113.9",
    ip_address: "203.0.113.9",
    user_agent: "test",
    kind: "browser",
    current: null,
    device: null,
    code: null,
    ...change,
  };
}

/** Every key and value of the store as text, except the key that names are hashed with. */
export async function dump(kv: Deno.Kv): Promise<string> {
  const rows = await Array.fromAsync(kv.list({ prefix: [] }));
  return rows.filter(({ key }) => key[0] !== "account_key").map((
    { key, value },
  ) => JSON.stringify([key, value])).join("\n");
}
