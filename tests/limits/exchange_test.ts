import { assert, assertEquals } from "@std/assert";
import { AtOnce } from "../../lib/limits/at_once.ts";
import { LimitExchange } from "../../lib/limits/exchange.ts";
import { Tally, TallyRoom } from "../../lib/limits/tally.ts";

const tally = (limit = 10, windowMs = 60_000) =>
  new Tally({
    id: `t ${windowMs}`,
    policy: "t",
    rate: { limit, windowMs },
    room: new TallyRoom(),
  });

async function process(
  kv: Deno.Kv,
  now: () => number,
  ...tallies: Tally[]
): Promise<LimitExchange> {
  const exchange = new LimitExchange({
    kv,
    now,
    onError(error) {
      throw error;
    },
  });
  await exchange.add(...tallies);
  return exchange;
}

Deno.test("what one process let pass counts in the others after a round of each", async () => {
  using kv = await Deno.openKv(":memory:");
  let at = 1_700_000_000_000;
  const [one, two] = [tally(), tally()];
  const first = await process(kv, () => at, one);
  const second = await process(kv, () => at, two);
  for (let i = 0; i < 7; i++) one.take("s", at);
  for (let i = 0; i < 2; i++) two.take("s", at);
  await first.round();
  await second.round();
  await first.round();
  assertEquals(two.take("s", at).remaining, 0);
  assertEquals(one.take("s", at).remaining, 0);
  assertEquals(two.take("s", at).allowed, false);
  // Received again, it is not counted again.
  await second.round();
  at += 60_001;
  assertEquals(two.take("s", at).remaining, 9);
});

Deno.test("a process that begins later knows what was spent", async () => {
  using kv = await Deno.openKv(":memory:");
  let at = 1_700_000_000_000;
  const one = tally(10, 3_600_000);
  const first = await process(kv, () => at, one);
  for (let i = 0; i < 10; i++) one.take("s", at);
  await first.close();
  at += 1_000_000;
  const two = tally(10, 3_600_000);
  await process(kv, () => at, two);
  assertEquals(two.take("s", at).allowed, false);
  at += 2_600_001;
  const three = tally(10, 3_600_000);
  await process(kv, () => at, three);
  assertEquals(three.take("s", at).remaining, 9);
});

Deno.test("what is forgotten in one process is forgotten in all", async () => {
  using kv = await Deno.openKv(":memory:");
  const at = 1_700_000_000_000;
  const [one, two] = [tally(1), tally(1)];
  const first = await process(kv, () => at, one);
  const second = await process(kv, () => at, two);
  one.take("s", at);
  await first.round();
  await second.round();
  assertEquals(two.take("s", at).allowed, false);
  assert(second.forget(two.id, "s"));
  await second.round();
  await first.round();
  assert(one.take("s", at).allowed);
});

Deno.test("ten thousand subjects are told in one round", async () => {
  using kv = await Deno.openKv(":memory:");
  const at = 1_700_000_000_000;
  const [one, two] = [tally(1), tally(1)];
  const first = await process(kv, () => at, one);
  const second = await process(kv, () => at, two);
  const name = (i: number) => `${i}`.padStart(64, "s");
  for (let i = 0; i < 10_000; i++) one.take(name(i), at);
  await first.round();
  await second.round();
  for (let i = 0; i < 10_000; i += 97) {
    assertEquals(two.take(name(i), at).allowed, false);
  }
});

Deno.test("requests that are open elsewhere take places, until their process is silent", async () => {
  using kv = await Deno.openKv(":memory:");
  let at = 1_700_000_000_000;
  const [one, two] = [new AtOnce("l", 3), new AtOnce("l", 3)];
  const first = await process(kv, () => at);
  const second = await process(kv, () => at);
  first.addAtOnce(one);
  second.addAtOnce(two);
  assert(one.enter("s", at) && one.enter("s", at));
  await first.round();
  await second.round();
  assert(two.enter("s", at));
  assertEquals(two.enter("s", at), false);
  one.leave("s");
  one.leave("s");
  await first.round();
  await second.round();
  assert(two.enter("s", at));
  one.enter("s", at);
  await first.round();
  await second.round();
  at += 3_001;
  assertEquals(two.taken("s", at), 2);
});

Deno.test("with the store down limits go on by what is known, and nothing is lost", async () => {
  using kv = await Deno.openKv(":memory:");
  const at = 1_700_000_000_000;
  let isDown = true;
  const failing = new Proxy(kv, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (isDown) throw new Error("down");
        return value.apply(target, args);
      };
    },
  });
  const [one, two] = [tally(5), tally(5)];
  const errors: unknown[] = [];
  const first = new LimitExchange({
    kv: failing,
    now: () => at,
    onError: (error) => errors.push(error),
  });
  await first.add(one).catch(() => {});
  const second = await process(kv, () => at, two);
  for (let i = 0; i < 5; i++) assert(one.take("s", at).allowed);
  assertEquals(one.take("s", at).allowed, false);
  await first.round();
  assertEquals(errors.length, 1);
  isDown = false;
  await first.round();
  await second.round();
  assertEquals(two.take("s", at).allowed, false);
});
