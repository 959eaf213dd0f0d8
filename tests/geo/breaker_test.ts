import { assertEquals } from "@std/assert";
import { createBreaker } from "../../lib/geo/breaker.ts";

function setUp() {
  const clock = { now: 1_000_000 };
  const breaker = createBreaker({ now: () => clock.now });
  const fail = () => {
    const entered = breaker.enter();
    if (entered) breaker.failure();
    return entered;
  };
  return { clock, breaker, fail };
}

Deno.test("breaker: five failures in a row open it for a minute", () => {
  const { clock, breaker, fail } = setUp();
  for (let i = 0; i < 4; i++) assertEquals(fail(), true);
  assertEquals(breaker.state(), "closed");
  fail();
  assertEquals(breaker.state(), "open");
  assertEquals(breaker.enter(), false);
  clock.now += 59_999;
  assertEquals(breaker.enter(), false);
  clock.now += 1;
  assertEquals(breaker.state(), "half_open");
});

Deno.test("breaker: a success between failures starts the count anew", () => {
  const { breaker, fail } = setUp();
  for (let i = 0; i < 4; i++) fail();
  breaker.enter();
  breaker.success();
  for (let i = 0; i < 4; i++) fail();
  assertEquals(breaker.state(), "closed");
});

Deno.test("breaker: half open, one call passes and decides", () => {
  const { clock, breaker, fail } = setUp();
  for (let i = 0; i < 5; i++) fail();
  clock.now += 60_000;
  assertEquals(breaker.ready(), true);
  assertEquals(breaker.enter(), true);
  assertEquals(breaker.ready(), false);
  assertEquals(breaker.enter(), false);
  breaker.failure();
  assertEquals(breaker.state(), "open");
  clock.now += 60_000;
  assertEquals(breaker.enter(), true);
  breaker.success();
  assertEquals(breaker.state(), "closed");
  for (let i = 0; i < 4; i++) fail();
  assertEquals(breaker.state(), "closed");
});

Deno.test("breaker: late news of old calls changes nothing while open", () => {
  const { clock, breaker } = setUp();
  breaker.enter();
  breaker.open(10_000);
  breaker.success();
  assertEquals(breaker.state(), "open");
  clock.now += 9_000;
  breaker.failure();
  clock.now += 1_000;
  assertEquals(breaker.state(), "half_open");
});

Deno.test("breaker: a clock set back does not keep it open", () => {
  const { clock, breaker, fail } = setUp();
  for (let i = 0; i < 5; i++) fail();
  clock.now -= 3_600_000;
  assertEquals(breaker.state(), "half_open");
  assertEquals(fail(), true);
  assertEquals(breaker.state(), "open");
});
