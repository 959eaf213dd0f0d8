import {
  assert,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import { createThrottle } from "../../lib/limits/throttle.ts";
import { StoreDownError } from "../../lib/store/errors.ts";
import { keys } from "../../lib/store/keys.ts";
import { failing, failingAtomic, hanging, withFaults } from "../_fake_kv.ts";
import { waitFor } from "../_wait.ts";

const MINUTE = { limit: 5, windowMs: 60_000 };
const START = Date.UTC(2026, 0, 1);

/** A throttle on an in-memory store, with a manual clock. */
async function setUp(options: { resettable?: boolean } = {}) {
  const kv = await Deno.openKv(":memory:");
  const clock = { time: START };
  const now = () => clock.time;
  const create = () => createThrottle({ kv, now, name: "login", ...options });
  return {
    kv,
    clock,
    create,
    throttle: create(),
    [Symbol.dispose]: () => kv.close(),
  };
}

Deno.test("throttle: the limit passes, then the window is full until its oldest pass leaves", async () => {
  using t = await setUp();
  for (let i = 0; i < 5; i++) {
    assertEquals(await t.throttle.take("a", MINUTE), {
      allowed: true,
      limit: 5,
      remaining: 4 - i,
      retryAfterMs: 0,
      resetMs: 60_000 - i * 1_000,
      windowMs: 60_000,
      policy: "login",
    });
    t.clock.time += 1_000;
  }
  const refused = await t.throttle.take("a", MINUTE);
  assertEquals(refused.allowed, false);
  assertEquals(refused.retryAfterMs, 55_000);
  assertEquals(refused.resetMs, 55_000);
  t.clock.time += 54_999;
  assertEquals((await t.throttle.take("a", MINUTE)).retryAfterMs, 1);
  t.clock.time += 1;
  assertEquals((await t.throttle.take("a", MINUTE)).allowed, true);
  assertEquals((await t.throttle.take("a", MINUTE)).retryAfterMs, 1_000);
});

Deno.test("throttle: subjects and policies do not share a window", async () => {
  using t = await setUp();
  const once = { limit: 1, windowMs: 60_000 };
  const other = createThrottle({ kv: t.kv, now: () => START, name: "signup" });
  assert((await t.throttle.take("a", once)).allowed);
  assert((await t.throttle.take("b", once)).allowed);
  assert((await other.take("a", once)).allowed);
  assert(!(await t.throttle.take("a", once)).allowed);
});

Deno.test("throttle: refused attempts do not lengthen the wait", async () => {
  using t = await setUp();
  const once = { limit: 1, windowMs: 60_000 };
  await t.throttle.take("a", once);
  for (let i = 0; i < 59; i++) {
    t.clock.time += 1_000;
    assert(!(await t.throttle.take("a", once)).allowed);
  }
  t.clock.time += 1_000;
  assert((await t.throttle.take("a", once)).allowed);
});

Deno.test("throttle: of 1,000 attempts at once exactly the limit passes", async () => {
  using t = await setUp();
  for (const limit of [1, 5, 333, 1_000, 2_000]) {
    const rate = { limit, windowMs: 60_000 };
    const decisions = await Promise.all(
      Array.from({ length: 1_000 }, () => t.throttle.take(`${limit}`, rate)),
    );
    const passed = decisions.filter((decision) => decision.allowed);
    assertEquals(passed.length, Math.min(limit, 1_000));
    // Each pass got a different number of remaining attempts.
    const remaining = new Set(passed.map((decision) => decision.remaining));
    assertEquals(remaining.size, passed.length);
  }
});

Deno.test("throttle: two limiters on one store pass the limit together", async () => {
  using t = await setUp();
  const limiters = [t.create(), t.create(), t.create()];
  const decisions = await Promise.all(
    Array.from({ length: 300 }, (_, i) => limiters[i % 3]!.take("a", MINUTE)),
  );
  assertEquals(decisions.filter((decision) => decision.allowed).length, 5);
});

Deno.test("5 and 5 around a window's edge are 5", async () => {
  for (const edge of [60_000, 3_600_000]) {
    using t = await setUp();
    t.clock.time = Math.ceil(START / edge) * edge - 1;
    const passed = async () => {
      const all = await Promise.all(
        Array.from({ length: 5 }, () => t.throttle.take("a", MINUTE)),
      );
      return all.filter((decision) => decision.allowed).length;
    };
    assertEquals(await passed(), 5);
    t.clock.time += 2;
    assertEquals(await passed(), 0);
    t.clock.time += 59_998;
    assertEquals(await passed(), 5);
  }
});

Deno.test("throttle: no window, wherever it begins, holds more than the limit", async () => {
  using t = await setUp();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(
        fc.record({
          wait: fc.oneof(
            fc.integer({ min: 0, max: 50 }),
            fc.constantFrom(99, 100, 101),
          ),
          attempts: fc.integer({ min: 1, max: 8 }),
        }),
        { minLength: 1, maxLength: 30 },
      ),
      async (limit, steps) => {
        const rate = { limit, windowMs: 100 };
        const subject = `run ${run++}`;
        const limiters = [t.create(), t.create()];
        const model: number[] = [];
        for (const [i, { wait, attempts }] of steps.entries()) {
          t.clock.time += wait;
          const at = t.clock.time;
          const expected = Array.from({ length: attempts }, () => {
            const inWindow = model.filter((time) => time > at - 100).length;
            if (inWindow < limit) model.push(at);
            return inWindow < limit;
          });
          const limiter = limiters[i % 2]!;
          const actual = await Promise.all(
            expected.map(() => limiter.take(subject, rate)),
          );
          assertEquals(actual.map((decision) => decision.allowed), expected);
          for (const { allowed, retryAfterMs, remaining } of actual) {
            if (allowed) assertEquals(retryAfterMs, 0);
            else assertGreater(retryAfterMs, 0);
            assertLessOrEqual(retryAfterMs, 100);
            assert(remaining >= 0 && remaining < limit);
          }
        }
        for (const from of model) {
          const held = model.filter((at) => at >= from && at < from + 100);
          assertLessOrEqual(held.length, limit);
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("throttle: above 1,000 the limit still holds in every window", async () => {
  using t = await setUp();
  const rate = { limit: 3_000, windowMs: 60_000 };
  const passed: { at: number; count: number }[] = [];
  for (let i = 0; i < 40; i++) {
    t.clock.time += (i * 7_919) % 5_000;
    const all = await Promise.all(
      Array.from({ length: 500 }, () => t.throttle.take("a", rate)),
    );
    const count = all.filter((decision) => decision.allowed).length;
    passed.push({ at: t.clock.time, count });
  }
  for (const { at: from } of passed) {
    const held = passed.filter(({ at }) => at >= from && at < from + 60_000)
      .reduce((sum, { count }) => sum + count, 0);
    assertLessOrEqual(held, 3_000);
  }
  const total = passed.reduce((sum, { count }) => sum + count, 0);
  assertGreater(total, 3_000);
});

Deno.test("throttle: a window's value stays far below the store's 64 KiB", async () => {
  using t = await setUp();
  const rate = { limit: 1_000_000, windowMs: 60_000 };
  for (let i = 0; i < 1_200; i++) {
    t.clock.time += 61;
    await t.throttle.take("a", rate);
  }
  const { value } = await t.kv.get<{ passes: unknown[] }>(
    keys.throttle("login", "a"),
  );
  assertLessOrEqual(value!.passes.length, 1_000);
});

Deno.test("throttle: a limit that was lowered is kept", async () => {
  using t = await setUp();
  for (let i = 0; i < 5; i++) {
    await t.throttle.take("a", MINUTE);
    t.clock.time += 1_000;
  }
  const lower = { limit: 2, windowMs: 60_000 };
  const refused = await t.throttle.take("a", lower);
  assertEquals(refused.remaining, 0);
  // Four of the five have to expire first; the fourth passed 2 s ago.
  assertEquals(refused.retryAfterMs, 58_000);
});

Deno.test("a clock set back 1 h opens no window and locks nobody out for longer than one", async () => {
  using t = await setUp();
  for (let i = 0; i < 5; i++) await t.throttle.take("a", MINUTE);
  await t.throttle.take("a", MINUTE);
  t.clock.time -= 3_600_000;
  for (const throttle of [t.throttle, t.create()]) {
    const refused = await throttle.take("a", MINUTE);
    assertEquals(refused.allowed, false);
    assertGreater(refused.retryAfterMs, 0);
    assertLessOrEqual(refused.retryAfterMs, 60_000);
  }
  t.clock.time += 59_999;
  assert(!(await t.create().take("a", MINUTE)).allowed);
  t.clock.time += 1;
  for (let i = 0; i < 5; i++) {
    assert((await t.throttle.take("a", MINUTE)).allowed);
  }
  assert(!(await t.throttle.take("a", MINUTE)).allowed);
});

Deno.test("a clock set forward 1 h and back again opens one window, not two", async () => {
  using t = await setUp();
  const attempts = async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, () => t.throttle.take("a", MINUTE)),
    );
    for (const { retryAfterMs } of all) {
      assert(retryAfterMs >= 0 && retryAfterMs <= 60_000);
    }
    return all.filter((decision) => decision.allowed).length;
  };
  assertEquals(await attempts(), 5);
  t.clock.time += 3_600_000;
  assertEquals(await attempts(), 5);
  t.clock.time -= 3_600_000;
  assertEquals(await attempts(), 0);
  t.clock.time += 60_000;
  assertEquals(await attempts(), 5);
});

Deno.test("whatever the clock does, every wait is over within a window", async () => {
  using t = await setUp();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -7_200_000, max: 7_200_000 }), {
        maxLength: 15,
      }),
      async (jumps) => {
        const subject = `run ${run++}`;
        for (const jump of jumps) {
          t.clock.time += jump;
          const all = await Promise.all(
            Array.from({ length: 7 }, () => t.throttle.take(subject, MINUTE)),
          );
          const passed = all.filter((decision) => decision.allowed).length;
          assertLessOrEqual(passed, 5);
          const { retryAfterMs, resetMs } = all.at(-1)!;
          assertGreater(retryAfterMs, 0);
          assertGreater(resetMs, 0);
          assertLessOrEqual(retryAfterMs, 61_000 + 1);
          assertEquals(rateLimitHeaders(all[6]!)["RateLimit"]![0], '"');
        }
        // Within the tolerated clock skew a pass may be a second ahead.
        t.clock.time += 61_001;
        assert((await t.throttle.take(subject, MINUTE)).allowed);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("throttle: clocks of two processes may differ a little", async () => {
  using t = await setUp();
  const ahead = createThrottle({
    kv: t.kv,
    now: () => t.clock.time + 800,
    name: "login",
  });
  const once = { limit: 1, windowMs: 60_000 };
  await ahead.take("a", once);
  assert(!(await t.throttle.take("a", once)).allowed);
  t.clock.time += 60_000;
  assert(!(await t.create().take("a", once)).allowed);
  assert((await ahead.take("a", once)).allowed);
});

Deno.test("throttle: once full, refusals do not ask the store", async () => {
  using t = await setUp();
  let reads = 0;
  const get = (key: Deno.KvKey) => {
    reads++;
    return t.kv.get(key);
  };
  const kv = withFaults(t.kv, { get });
  const throttle = createThrottle({ kv, now: () => t.clock.time, name: "x" });
  for (let i = 0; i < 5; i++) await throttle.take("a", MINUTE);
  assertEquals(reads, 5);
  for (let i = 0; i < 100; i++) await throttle.take("a", MINUTE);
  assertEquals(reads, 5);
});

Deno.test("throttle: 1,000 attempts at once cost a handful of reads", async () => {
  using t = await setUp();
  let reads = 0;
  const get = (key: Deno.KvKey) => {
    reads++;
    return t.kv.get(key);
  };
  const kv = withFaults(t.kv, { get });
  const throttle = createThrottle({ kv, now: () => t.clock.time, name: "x" });
  const rate = { limit: 700, windowMs: 60_000 };
  await Promise.all(
    Array.from({ length: 1_000 }, () => throttle.take("a", rate)),
  );
  assertLess(reads, 5);
});

Deno.test("throttle: a resettable policy is emptied for all processes at once", async () => {
  using t = await setUp({ resettable: true });
  const other = t.create();
  for (let i = 0; i < 5; i++) await t.throttle.take("a", MINUTE);
  assert(!(await t.throttle.take("a", MINUTE)).allowed);
  assert(!(await other.take("a", MINUTE)).allowed);
  await other.reset("a");
  assert((await t.throttle.take("a", MINUTE)).allowed);
  assert((await other.take("a", MINUTE)).allowed);
});

Deno.test("throttle: a policy that is not resettable refuses to be reset", async () => {
  using t = await setUp();
  await assertRejects(() => t.throttle.reset("a"), TypeError, "Cannot reset");
});

Deno.test("long and hostile subjects become short keys and stay apart", async () => {
  using t = await setUp();
  const once = { limit: 1, windowMs: 60_000 };
  const subjects = [
    "",
    "\0",
    "\0\0",
    "a".repeat(64),
    "a".repeat(65),
    "a".repeat(100_000),
    "a".repeat(100_001),
    "ä".repeat(32),
    "ä".repeat(33),
    "\u{1f4a9}".repeat(3_000),
    "\ud800".repeat(5_000),
    "__proto__",
    "constructor",
    "1/60000/x",
    "'; DROP TABLE kv; --",
  ];
  for (const subject of subjects) {
    assert((await t.throttle.take(subject, once)).allowed, subject);
    assert(!(await t.throttle.take(subject, once)).allowed, subject);
  }
  for await (const { key } of t.kv.list({ prefix: [] })) {
    assertLess(String(key.at(-1)).length, 80);
  }
});

Deno.test("throttle: a name or a rate that makes no sense is refused", async () => {
  using t = await setUp();
  for (const name of ["", "-a", 'a"b', "a b", "a\n", "a".repeat(65)]) {
    assertThrows(
      () => createThrottle({ kv: t.kv, now: Date.now, name }),
      RangeError,
      "Cannot create throttle",
    );
  }
  for (const limit of [0, -1, NaN]) {
    await assertRejects(
      () => t.throttle.take("a", { limit, windowMs: 1_000 }),
      RangeError,
      "Cannot throttle",
    );
  }
});

Deno.test("a store that fails is told by its own error", async () => {
  using t = await setUp();
  for (const faults of [{ get: failing }, { atomic: failingAtomic }]) {
    const kv = withFaults(t.kv, faults);
    const throttle = createThrottle({ kv, now: () => START, name: "login" });
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => throttle.take("a", MINUTE)),
    );
    for (const result of all) {
      assertEquals(result.status, "rejected");
      assertInstanceOf(
        (result as PromiseRejectedResult).reason,
        StoreDownError,
      );
    }
  }
});

Deno.test("a store that hangs is given up at the deadline, and serves again later", async () => {
  using t = await setUp();
  let asked = 0;
  let get: unknown = () => {
    asked++;
    return hanging();
  };
  const kv = withFaults(t.kv, {
    get: (key: Deno.KvKey) => (get as typeof t.kv.get)(key),
  });
  const throttle = createThrottle({
    kv,
    now: () => START,
    name: "login",
    deadlineMs: 50,
  });
  const began = performance.now();
  const first = throttle.take("a", MINUTE);
  await waitFor("the first to ask", () => asked > 0);
  const second = throttle.take("a", MINUTE);
  await assertRejects(() => first, StoreDownError, "No answer within 50 ms");
  await assertRejects(() => second, StoreDownError);
  assertLess(performance.now() - began, 1_000);
  get = t.kv.get.bind(t.kv);
  assert((await throttle.take("a", MINUTE)).allowed);
});

Deno.test("an attempt that loses every try is refused", async () => {
  using t = await setUp();
  let commits = 0;
  const atomic = () => {
    const never = {
      check: () => never,
      set: () => never,
      commit: () => Promise.resolve({ ok: commits++ < 0 }),
    };
    return never;
  };
  const kv = withFaults(t.kv, { atomic });
  const throttle = createThrottle({ kv, now: () => START, name: "login" });
  const wait = globalThis.setTimeout;
  // 64 retries sleep for a second in total; the deadlines remain.
  globalThis.setTimeout =
    ((run: () => void, ms: number) =>
      wait(run, ms < 100 ? 0 : ms)) as typeof setTimeout;
  let decision;
  try {
    decision = await throttle.take("a", MINUTE);
  } finally {
    globalThis.setTimeout = wait;
  }
  assertEquals(decision.allowed, false);
  assertEquals(decision.retryAfterMs, 1_000);
  assertGreater(commits, 10);
});
