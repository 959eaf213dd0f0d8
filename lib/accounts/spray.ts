import type { Rate } from "../limits/rate.ts";
import type { Decision } from "../limits/throttle.ts";
import { CLOCK_SKEW_MS } from "../limits/window.ts";
import { reach, STORE_DEADLINE_MS } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet, ContentionError } from "../store/retry.ts";

/** What {@linkcode createSprayLimit} needs. */
export interface SprayLimitOptions {
  kv: Deno.Kv;
  now: () => number;
  /** At how many accounts one client may fail, at most 1,000. */
  rate: Rate;
  /** @default {1000} */
  deadlineMs?: number;
}

/**
 * Limits at how many accounts one client fails: a password that is tried on a hundred accounts is
 * one try for each of them, and only their number gives it away.
 */
export interface SprayLimit {
  /**
   * Counts an attempt at `account`, if it passes. One that was counted within the window already
   * passes again; what limits that is the throttle of the account. Exact across processes on one
   * store, as a throttle is.
   *
   * @throws {StoreDownError} when the store fails or hangs.
   */
  take(subject: string, account: string): Promise<Decision>;
  /**
   * Removes an account again after a right password.
   *
   * @throws {StoreDownError} when the store fails or hangs.
   */
  forgive(subject: string, account: string): Promise<void>;
}

const POLICY = "login-spray";

/** The wait that is named when other writers won every try. */
const CONTENTION_RETRY_MS = 1_000;

/**
 * The accounts of a window and when each was last tried, ascending. No longer than the limit, so a
 * flood of made-up names fills neither the store nor anybody else's window.
 */
type Tried = [time: number, account: string][];

/** An attempt that waits for its window. */
interface Waiting {
  account: string;
  resolve: (decision: Decision) => void;
  reject: (reason: unknown) => void;
}

/** Creates a {@linkcode SprayLimit}. */
export function createSprayLimit(options: SprayLimitOptions): SprayLimit {
  const { kv, now, rate, deadlineMs = STORE_DEADLINE_MS } = options;
  const lanes = new Map<string, Waiting[]>();

  function take(subject: string, account: string): Promise<Decision> {
    const { promise, resolve, reject } = Promise.withResolvers<Decision>();
    const waiting = { account, resolve, reject };
    const lane = lanes.get(subject);
    if (lane) {
      lane.push(waiting);
    } else {
      lanes.set(subject, [waiting]);
      run(subject);
    }
    return promise;
  }

  /**
   * Decides attempts together that came while the window was being written, which avoids conflicts.
   */
  async function run(subject: string): Promise<void> {
    let batch: Waiting[];
    while ((batch = lanes.get(subject)!).length > 0) {
      lanes.set(subject, []);
      try {
        const decisions = await decide(
          subject,
          batch.map(({ account }) => account),
        );
        batch.forEach(({ resolve }, i) => resolve(decisions[i]!));
      } catch (error) {
        const all = [...batch, ...lanes.get(subject)!];
        lanes.set(subject, []);
        for (const { reject } of all) reject(error);
      }
    }
    lanes.delete(subject);
  }

  async function decide(
    subject: string,
    accounts: string[],
  ): Promise<Decision[]> {
    try {
      return await update(subject, (tried, at) =>
        accounts.map((account) => {
          const index = tried.findIndex(([, other]) => other === account);
          if (index < 0 && tried.length >= rate.limit) {
            return decision(false, 0, tried[0]![0] + rate.windowMs - at);
          }
          if (index >= 0) tried.splice(index, 1);
          // A clock that is behind must not put the list out of order.
          tried.push([Math.max(at, tried.at(-1)?.[0] ?? at), account]);
          const resetMs = tried[0]![0] + rate.windowMs - at;
          return decision(true, rate.limit - tried.length, resetMs);
        }));
    } catch (error) {
      if (!(error instanceof ContentionError)) throw error;
      return accounts.map(() => decision(false, 0, CONTENTION_RETRY_MS));
    }
  }

  async function forgive(subject: string, account: string): Promise<void> {
    try {
      await update(subject, (tried) => {
        const index = tried.findIndex(([, other]) => other === account);
        if (index >= 0) tried.splice(index, 1);
        return true;
      });
    } catch (error) {
      // The account stays counted, but the login succeeds.
      if (!(error instanceof ContentionError)) throw error;
    }
  }

  /** Lets `change` change a window in place; nothing is written where it did not. */
  function update<T>(
    subject: string,
    change: (tried: Tried, at: number) => T,
  ): Promise<T> {
    return compareAndSet(async () => {
      const key = keys.spray(subject);
      const entry = await reach(
        () => kv.get<{ tried: Tried }>(key),
        deadlineMs,
      );
      const at = now();
      const before = entry.value?.tried ?? [];
      const tried = countable(before, at, rate);
      const result = change(tried, at);
      if (String(tried) === String(before)) return result;
      const expireIn = rate.windowMs + CLOCK_SKEW_MS;
      const { ok } = await reach(
        () =>
          kv.atomic().check(entry)
            .set(key, { tried, expires_at: at + expireIn }, { expireIn })
            .commit(),
        deadlineMs,
      );
      return ok ? result : undefined;
    });
  }

  function decision(
    allowed: boolean,
    remaining: number,
    resetMs: number,
  ): Decision {
    return {
      allowed,
      limit: rate.limit,
      remaining,
      retryAfterMs: allowed ? 0 : resetMs,
      resetMs,
      windowMs: rate.windowMs,
      policy: POLICY,
    };
  }

  return { take, forgive };
}

/**
 * The tries that still count. Times ahead of the clock mean that it was set back: they become now,
 * as in a throttle's window.
 */
function countable(tried: Tried, at: number, { windowMs }: Rate): Tried {
  return tried.filter(([time]) => time > at - windowMs).map(
    ([time, account]) => [time > at + CLOCK_SKEW_MS ? at : time, account],
  );
}
