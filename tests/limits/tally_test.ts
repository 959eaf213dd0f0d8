import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Tally, TallyRoom } from "../../lib/limits/tally.ts";

const create = (limit: number, windowMs: number, room = new TallyRoom()) =>
  new Tally({ id: "t", policy: "t", rate: { limit, windowMs }, room });

Deno.test("no window, wherever it begins, holds more than the limit", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 400 }),
      (limit, windowMs, steps) => {
        const tally = create(limit, windowMs);
        let now = 1_700_000_000_000;
        const passed: number[] = [];
        for (const step of steps) {
          now += step;
          const { allowed, retryAfterMs } = tally.take("s", now);
          if (allowed) passed.push(now);
          else assert(retryAfterMs >= 1);
        }
        passed.forEach((end, i) => {
          const within = passed.slice(0, i + 1)
            .filter((at) => at > end - windowMs);
          assert(within.length <= limit);
        });
      },
    ),
  );
});

Deno.test("who waits as long as it was told passes, and nobody sooner", () => {
  for (const limit of [1, 5, 64]) {
    const tally = create(limit, 60_000);
    const at = 1_000_000;
    for (let i = 0; i < limit; i++) assert(tally.take("s", at + i).allowed);
    const { retryAfterMs } = tally.take("s", at + 100);
    assertEquals(retryAfterMs, 59_900);
    assert(!tally.take("s", at + 100 + retryAfterMs - 1).allowed);
    assert(tally.take("s", at + 100 + retryAfterMs).allowed);
  }
});

Deno.test("above 64 a pass is remembered by at most a sixty-fourth longer", () => {
  const tally = create(1_000, 64_000);
  const at = 1_000_001;
  for (let i = 0; i < 1_000; i++) assert(tally.take("s", at).allowed);
  const { retryAfterMs } = tally.take("s", at);
  assert(retryAfterMs >= 64_000 && retryAfterMs <= 65_000, `${retryAfterMs}`);
});

Deno.test("remaining counts down, and t says when it grows", () => {
  const tally = create(2, 1_000);
  const one = tally.take("s", 5_000);
  const two = tally.take("s", 5_400);
  assertEquals([one.remaining, one.resetMs], [1, 1_000]);
  assertEquals([two.remaining, two.resetMs], [0, 600]);
});

Deno.test("a clock that was set back neither opens a window nor locks for long", () => {
  const tally = create(3, 60_000);
  const at = 1_700_000_000_000;
  for (let i = 0; i < 3; i++) tally.take("s", at);
  const hourAgo = at - 3_600_000;
  const { allowed, retryAfterMs } = tally.take("s", hourAgo);
  assertEquals(allowed, false);
  assert(retryAfterMs <= 60_000);
  assert(tally.take("s", hourAgo + 60_000).allowed);
});

Deno.test("a million subjects take no more room than there is, and who comes again is remembered", () => {
  const tally = create(5, 3_600_000, new TallyRoom(1_000));
  for (let i = 0; i < 1_000_000; i++) {
    tally.take(`s${i}`, i / 1_000);
    if (i % 300 === 0) tally.take("again", i / 1_000);
  }
  assertEquals(tally.take("again", 1_001).allowed, false);
  const held = [...tally.heavy(0, 1_001)].length;
  assert(held <= 1_000, `${held} subjects`);
});

Deno.test("what others have counted counts, and what was told is told once", () => {
  const tally = create(3, 60_000);
  tally.take("s", 1_000);
  tally.take("s", 1_000);
  assertEquals(tally.takeChanges(), [["s", 2]]);
  assertEquals(tally.takeChanges(), []);
  tally.merge("s", 1, 900, 1_000);
  assertEquals(tally.takeChanges(), []);
  assertEquals(tally.take("s", 1_000).allowed, false);
  assert(tally.forget("s"));
  assertEquals(tally.spent("s", 1_000), null);
  assert(tally.take("s", 1_000).allowed);
});

Deno.test("an attempt that passes has nothing to wait for, and what is spent says the same", () => {
  const tally = create(2, 1_000);
  assertEquals(tally.take("s", 5_000).retryAfterMs, 0);
  assertEquals(tally.spent("s", 5_000)?.remaining, 1);
  assertEquals(tally.spent("s", 5_000)?.retryAfterMs, 0);
  tally.take("s", 5_400);
  const spent = tally.spent("s", 5_400);
  assertEquals([spent?.allowed, spent?.remaining, spent?.retryAfterMs], [
    false,
    0,
    600,
  ]);
  assertEquals(tally.spent("another", 5_400), null);
});

Deno.test("a room turns when half of it is young", () => {
  const tally = create(1, 60_000, new TallyRoom(4));
  for (const name of ["a", "b", "c"]) tally.take(name, 1_000);
  assertEquals(tally.spent("a", 1_000)?.allowed, false);
  tally.take("d", 1_000);
  assertEquals(tally.spent("a", 1_000), null);
  assertEquals(tally.spent("c", 1_000)?.allowed, false);
});

Deno.test("a tally that is closed takes no part in its room's turns", () => {
  const room = new TallyRoom(4);
  const [closed, open] = [create(1, 60_000, room), create(1, 60_000, room)];
  closed.take("a", 1_000);
  closed.close();
  for (const name of ["b", "c", "d", "e"]) open.take(name, 1_000);
  assertEquals(closed.spent("a", 1_000)?.allowed, false);
});
