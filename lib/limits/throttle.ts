import { reach, STORE_DEADLINE_MS } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { compareAndSet, ContentionError } from "../store/retry.ts";
import { sha256Hex } from "../store/sha256.ts";
import { Denials } from "./denials.ts";
import type { Rate } from "./rate.ts";
import {
  CLOCK_SKEW_MS,
  countable,
  grain,
  opensAt,
  type Passes,
  record,
  total,
  undoPass,
} from "./window.ts";

/**
 * A throttle's decision about one attempt.
 *
 * @example
 * ```ts
 * import { createThrottle, type Decision, parseRate } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const throttle = createThrottle({ kv, now: Date.now, name: "mail" });
 * const decision: Decision = await throttle.take("ann", parseRate("5/h"));
 * assertEquals(decision.remaining, 4);
 * ```
 */
export interface Decision {
  /** Whether the attempt is allowed. */
  allowed: boolean;
  /** How many attempts a window allows. */
  limit: number;
  /** How many more attempts would be allowed now. */
  remaining: number;
  /** Until the next attempt can be allowed, in milliseconds; 0 if this one was. */
  retryAfterMs: number;
  /** Until `remaining` grows, in milliseconds. */
  resetMs: number;
  /** The length of a window, in milliseconds. */
  windowMs: number;
  /** The name of the policy that decided. */
  policy: string;
}

/**
 * Options of {@linkcode createThrottle}.
 *
 * @example
 * ```ts
 * import { createThrottle, type ThrottleOptions } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const options: ThrottleOptions = { kv, now: Date.now, name: "mail" };
 * const throttle = createThrottle(options);
 * ```
 */
export interface ThrottleOptions {
  /** The store that all processes share. */
  kv: Deno.Kv;
  /** The time in milliseconds since the epoch. */
  now: () => number;
  /** The policy's name, which clients see: letters, digits and `. _ -`, at most 64. */
  name: string;
  /** Its name in the store. @default its name */
  id?: string;
  /**
   * Whether `reset()` may empty a window early. Every attempt then reads the store.
   * @default {false}
   */
  resettable?: boolean;
  /**
   * The timeout of one operation of the store, in milliseconds.
   * @default {1000}
   */
  deadlineMs?: number;
}

/**
 * A limiter of attempts.
 *
 * @example
 * ```ts
 * import { createThrottle, parseRate, type Throttle } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const mail: Throttle = createThrottle({
 *   kv,
 *   now: Date.now,
 *   name: "mail",
 *   resettable: true,
 * });
 * await mail.take("ann", parseRate("5/h"));
 * await mail.reset("ann");
 * ```
 */
export interface Throttle {
  /**
   * Counts one attempt of `subject` if it is allowed. Refused attempts are not counted and do not
   * lengthen the wait. A policy must be used with one rate only: a shorter window drops passes that
   * a longer one would still count.
   *
   * @throws {StoreDownError} when the store fails or hangs.
   */
  take(subject: string, rate: Rate): Promise<Decision>;
  /**
   * Drops the passes of `subject`, in all processes at once.
   *
   * @throws {TypeError} unless the policy is resettable.
   * @throws {StoreDownError} when the store fails or hangs.
   */
  reset(subject: string): Promise<void>;
  /**
   * Removes one pass of `subject`, after a successful attempt. Other passes stay counted.
   *
   * @throws {TypeError} unless the policy is resettable.
   * @throws {StoreDownError} when the store fails or hangs.
   */
  giveBack(subject: string, rate: Rate): Promise<void>;
  /**
   * The decision that an attempt of `subject` would get now; counts nothing.
   *
   * @throws {StoreDownError} when the store fails or hangs.
   */
  peek(subject: string, rate: Rate): Promise<Decision>;
}

/** Longer subjects are hashed; they may be hostile, and a key of the store is at most 2 KiB. */
const MAX_SUBJECT_BYTES = 64;

/** The stated wait after every attempt to write has failed because of other writers. */
const CONTENTION_RETRY_MS = 1_000;

/** Attempts on one window that this process decides together. */
interface Lane {
  key: Deno.KvKey;
  rate: Rate;
  waiting: {
    resolve: (decision: Decision) => void;
    reject: (reason: unknown) => void;
  }[];
}

/**
 * An exact sliding-window limiter: of N concurrent attempts, from any number of processes on one
 * store, exactly the limit passes, and no window of `windowMs`, wherever it begins, holds more.
 *
 * A window's value is the list of its passes, changed by compare-and-set only. Attempts that wait
 * for the same window are decided in one commit, so a burst does not compete with itself, and once
 * a window is full, refusals come from memory. If the commit repeatedly loses to other processes,
 * the attempt is refused, not allowed.
 *
 * @throws {RangeError} if the name is not usable as a policy's name.
 *
 * @example
 * ```ts
 * import { createThrottle, parseRate } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const throttle = createThrottle({ kv, now: Date.now, name: "mail" });
 * const once = parseRate("1/h");
 * assertEquals((await throttle.take("ann", once)).allowed, true);
 * assertEquals((await throttle.take("ann", once)).allowed, false);
 * ```
 */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { kv, now, name, id: storedName = name, resettable = false } = options;
  const { deadlineMs = STORE_DEADLINE_MS } = options;
  if (!/^[a-z\d][\w.-]{0,63}$/i.test(name)) {
    throw new RangeError(
      `Cannot create throttle ${
        JSON.stringify(name)
      }: expected at most 64 letters, digits and ". _ -"`,
    );
  }
  const lanes = new Map<string, Lane>();
  const denials = resettable ? null : new Denials();

  async function take(subject: string, rate: Rate): Promise<Decision> {
    if (!(rate.limit >= 1 && rate.windowMs >= 1)) {
      throw new RangeError(
        `Cannot throttle by ${rate.limit} in ${rate.windowMs} ms: expected at least 1 in 1 ms`,
      );
    }
    const short = keyPart(subject);
    const id = `${rate.limit}/${rate.windowMs}/${short}`;
    const refusal = refuseFromMemory(id, rate);
    if (refusal !== null) return refusal;

    const { promise, resolve, reject } = Promise.withResolvers<Decision>();
    const lane = lanes.get(id);
    if (lane !== undefined) {
      lane.waiting.push({ resolve, reject });
    } else {
      const key = keys.throttle(storedName, short);
      const created = { key, rate, waiting: [{ resolve, reject }] };
      lanes.set(id, created);
      run(id, created);
    }
    return await promise;
  }

  async function run(id: string, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      const batch = lane.waiting;
      lane.waiting = [];
      try {
        const decisions = await decide(id, lane, batch.length);
        batch.forEach(({ resolve }, i) => resolve(decisions[i]!));
      } catch (error) {
        // Attempts queued meanwhile would wait for the same failed store; reject all now.
        for (const { reject } of [...batch, ...lane.waiting]) reject(error);
        lane.waiting = [];
      }
    }
    lanes.delete(id);
  }

  async function decide(
    id: string,
    { key, rate }: Lane,
    attempts: number,
  ): Promise<Decision[]> {
    const known = refuseFromMemory(id, rate);
    if (known !== null) return Array(attempts).fill(known);
    let outcome;
    try {
      outcome = await admit(key, rate, attempts);
    } catch (error) {
      if (!(error instanceof ContentionError)) throw error;
      return Array(attempts).fill(refuse(rate, CONTENTION_RETRY_MS));
    }
    const { passes, admitted, at } = outcome;
    const remaining = rate.limit - total(passes);
    const opens = opensAt(passes, rate);
    if (remaining <= 0) denials?.set(id, at, opens);
    const resetMs = (passes[0]?.[0] ?? at) + rate.windowMs - at;
    const refusal = refuse(rate, opens - at);
    return Array.from(
      { length: attempts },
      (_, i) =>
        i >= admitted ? refusal : {
          ...refusal,
          allowed: true,
          remaining: remaining + admitted - 1 - i,
          retryAfterMs: 0,
          resetMs,
        },
    );
  }

  function admit(key: Deno.KvKey, rate: Rate, attempts: number) {
    return compareAndSet(async () => {
      const entry = await reach(
        () => kv.get<{ passes: Passes }>(key),
        deadlineMs,
      );
      const at = now();
      const { passes, moved } = countable(entry.value?.passes ?? [], at, rate);
      const room = Math.max(0, rate.limit - total(passes));
      const admitted = Math.min(attempts, room);
      if (admitted > 0) record(passes, at, admitted, rate);
      else if (!moved) return { passes, admitted, at };
      const expireIn = rate.windowMs + grain(rate) + CLOCK_SKEW_MS;
      const { ok } = await reach(
        () =>
          kv.atomic().check(entry)
            .set(key, { passes, expires_at: at + expireIn }, { expireIn })
            .commit(),
        deadlineMs,
      );
      return ok ? { passes, admitted, at } : undefined;
    });
  }

  function refuseFromMemory(id: string, rate: Rate): Decision | null {
    const at = now();
    const opens = denials?.opensAt(id, at) ?? null;
    return opens === null ? null : refuse(rate, opens - at);
  }

  function refuse({ limit, windowMs }: Rate, retryAfterMs: number): Decision {
    return {
      allowed: false,
      limit,
      remaining: 0,
      retryAfterMs,
      resetMs: retryAfterMs,
      windowMs,
      policy: name,
    };
  }

  function assertResettable(): void {
    if (resettable) return;
    throw new TypeError(`Cannot reset policy "${name}": it is not resettable`);
  }

  async function reset(subject: string): Promise<void> {
    assertResettable();
    const key = keys.throttle(storedName, keyPart(subject));
    await reach(() => kv.delete(key), deadlineMs);
  }

  async function giveBack(subject: string, rate: Rate): Promise<void> {
    assertResettable();
    const key = keys.throttle(storedName, keyPart(subject));
    try {
      await compareAndSet(async () => {
        const entry = await reach(
          () => kv.get<{ passes: Passes }>(key),
          deadlineMs,
        );
        const at = now();
        const { passes } = countable(entry.value?.passes ?? [], at, rate);
        if (!undoPass(passes)) return true;
        const expireIn = rate.windowMs + grain(rate) + CLOCK_SKEW_MS;
        const { ok } = await reach(
          () =>
            kv.atomic().check(entry)
              .set(key, { passes, expires_at: at + expireIn }, { expireIn })
              .commit(),
          deadlineMs,
        );
        return ok || undefined;
      });
    } catch (error) {
      // The pass stays counted, which is no reason to refuse a successful attempt.
      if (!(error instanceof ContentionError)) throw error;
    }
  }

  async function peek(subject: string, rate: Rate): Promise<Decision> {
    const key = keys.throttle(storedName, keyPart(subject));
    const { value } = await reach(
      () => kv.get<{ passes: Passes }>(key),
      deadlineMs,
    );
    const at = now();
    const { passes } = countable(value?.passes ?? [], at, rate);
    const remaining = Math.max(0, rate.limit - total(passes));
    if (remaining === 0) return refuse(rate, opensAt(passes, rate) - at);
    const resetMs = (passes[0]?.[0] ?? at) + rate.windowMs - at;
    return {
      ...refuse(rate, 0),
      allowed: true,
      remaining,
      resetMs,
    };
  }

  return { take, reset, giveBack, peek };
}

function keyPart(subject: string): string {
  const short = subject.length <= MAX_SUBJECT_BYTES &&
    new TextEncoder().encode(subject).length <= MAX_SUBJECT_BYTES;
  return short ? subject : `sha256:${sha256Hex(subject)}`;
}
