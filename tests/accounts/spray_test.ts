import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createSprayLimit } from "../../lib/accounts/spray.ts";
import { StoreDownError } from "../../lib/store/errors.ts";
import { failing, hanging, withFaults } from "../_fake_kv.ts";
import { HOUR, START } from "./_accounts.ts";

async function setUp(limit = 3) {
  const kv = await Deno.openKv(":memory:");
  const clock = { time: START };
  const options = {
    kv,
    now: () => clock.time,
    rate: { limit, windowMs: HOUR },
  };
  const spray = createSprayLimit(options);
  const passes = async (account: string, subject = "a") =>
    (await spray.take(subject, account)).allowed;
  return {
    ...{ kv, clock, options, spray, passes },
    [Symbol.dispose]: () => kv.close(),
  };
}

Deno.test("so many accounts pass, and the same ones again", async () => {
  using t = await setUp();
  for (const account of ["x", "y", "x", "z", "y", "x"]) {
    assert(await t.passes(account));
  }
  assert(!await t.passes("w"));
  assert(await t.passes("z"));
  assert(await t.passes("w", "another address"));
});

Deno.test("spray limit: a window slides, and its refusal says until when", async () => {
  using t = await setUp(2);
  await t.passes("x");
  t.clock.time += 1_000;
  await t.passes("y");
  t.clock.time += 1_000;
  const refused = await t.spray.take("a", "z");
  assertEquals(refused, {
    allowed: false,
    limit: 2,
    remaining: 0,
    retryAfterMs: HOUR - 2_000,
    resetMs: HOUR - 2_000,
    windowMs: HOUR,
    policy: "login-spray",
  });
  t.clock.time = START + HOUR - 1;
  assert(!await t.passes("z"));
  t.clock.time += 1;
  assert(await t.passes("z"));
  assert(!await t.passes("x"));
});

Deno.test("spray limit: an account whose password was known does not count", async () => {
  using t = await setUp(2);
  await t.passes("x");
  await t.passes("y");
  await t.spray.forgive("a", "x");
  await t.spray.forgive("a", "never tried");
  await t.spray.forgive("b", "x");
  assert(await t.passes("z"));
  assert(!await t.passes("w"));
});

Deno.test("of 300 accounts at once on three instances exactly the limit passes", async () => {
  using t = await setUp(20);
  const all = [t.spray, ...[1, 2].map(() => createSprayLimit(t.options))];
  const decisions = await Promise.all(
    Array.from({ length: 300 }, (_, i) => all[i % 3]!.take("a", `name ${i}`)),
  );
  assertEquals(decisions.filter(({ allowed }) => allowed).length, 20);
});

Deno.test("a flood of names neither grows a window nor touches another's", async () => {
  using t = await setUp(20);
  for (let i = 0; i < 200; i++) await t.passes(`junk ${i}`);
  const rows = await Array.fromAsync(t.kv.list<{ tried: unknown[] }>({
    prefix: ["spray"],
  }));
  assertEquals(rows.length, 1);
  assertEquals(rows[0]!.value.tried.length, 20);
  assert(await t.passes("ada", "another address"));
});

Deno.test("a clock that jumps opens no second window and locks nobody for long", async () => {
  for (const jump of [-HOUR, -10 * HOUR, HOUR / 2]) {
    using t = await setUp(2);
    await t.passes("x");
    await t.passes("y");
    t.clock.time += jump;
    const { allowed, retryAfterMs } = await t.spray.take("a", "z");
    assert(!allowed);
    assert(retryAfterMs > 0 && retryAfterMs <= HOUR, String(retryAfterMs));
    t.clock.time += retryAfterMs;
    assert(await t.passes("z"), `after a jump of ${jump}`);
  }
});

Deno.test("a store that fails or hangs lets nobody pass", async () => {
  using t = await setUp();
  for (const get of [failing, hanging]) {
    const kv = withFaults(t.kv, { get });
    const spray = createSprayLimit({ ...t.options, kv, deadlineMs: 30 });
    await assertRejects(() => spray.take("a", "x"), StoreDownError);
  }
});

Deno.test("spray limit: never more accounts in any window than the limit, as a naive count says", async () => {
  const step = fc.tuple(fc.nat(4), fc.nat(HOUR / 2));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      using t = await setUp(2);
      const passed: [time: number, account: string][] = [];
      for (const [account, wait] of steps) {
        t.clock.time += wait;
        const at = t.clock.time;
        const recent = new Set(
          passed.filter(([time]) => time > at - HOUR).map(([, name]) => name),
        );
        const expected = recent.has(`n${account}`) || recent.size < 2;
        assertEquals(await t.passes(`n${account}`), expected);
        if (expected) passed.push([at, `n${account}`]);
      }
    }),
    { numRuns: 50 },
  );
});
