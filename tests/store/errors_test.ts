import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { DeadlineError } from "../../lib/base/delay.ts";
import {
  isRefused,
  reach,
  StoreDownError,
  transact,
} from "../../lib/store/errors.ts";

Deno.test("reach() gives what the store gives", async () => {
  assertEquals(await reach(() => Promise.resolve(7)), 7);
});

Deno.test("reach() names the store's failure and keeps its cause", async () => {
  const cause = new TypeError("disk I/O error");
  const operations = [
    () => Promise.reject(cause),
    () => {
      throw cause;
    },
  ];
  for (const operation of operations) {
    const error = await assertRejects(() => reach(operation), StoreDownError);
    assertEquals(error.message, "Cannot reach the store: disk I/O error");
    assertEquals(error.cause, cause);
  }
});

Deno.test("reach() gives up a store that hangs", async () => {
  await assertRejects(
    () => reach(() => new Promise(() => {}), 10),
    StoreDownError,
    "No answer within 10 ms",
  );
});

Deno.test("transact() tries a locked database again, and a broken one not", async () => {
  let tries = 0;
  const locked = () =>
    ++tries < 3
      ? Promise.reject(new TypeError("database is locked"))
      : Promise.resolve("done");
  assertEquals(await transact(() => reach(locked)), "done");
  assertEquals(tries, 3);

  tries = 0;
  const broken = () => {
    tries++;
    return Promise.reject(new Error("disk I/O error"));
  };
  await assertRejects(() => transact(() => reach(broken)), StoreDownError);
  assertEquals(tries, 1);
});

Deno.test("transact() lets the cycle's own errors pass", async () => {
  const own = new RangeError("not now");
  const error = await assertRejects(() => transact(() => Promise.reject(own)));
  assertInstanceOf(error, RangeError);
});

Deno.test("isRefused() is true of what the store does not take, and of no outage", async () => {
  using kv = await Deno.openKv(":memory:");
  const big = new Uint8Array(65_537);
  const tooMuch: (() => Promise<unknown>)[] = [
    () => kv.set(["big"], big),
    () => kv.get(["k".repeat(2_100)]),
    () => kv.getMany(Array.from({ length: 11 }, (_, i) => ["k", i])),
    () => {
      const atomic = kv.atomic();
      for (let i = 0; i < 1_001; i++) atomic.delete(["k", i]);
      return atomic.commit();
    },
    () => {
      const atomic = kv.atomic();
      for (let i = 0; i < 20; i++) atomic.set(["k", i], big.subarray(20_000));
      return atomic.commit();
    },
  ];
  for (const [i, ask] of tooMuch.entries()) {
    const error = await ask().then(() => null, (error) => error);
    assert(isRefused(error), `${i}: ${error}`);
    const passed = await reach(ask).then(() => null, (error) => error);
    assertEquals([passed.name, passed.message], [error.name, error.message]);
  }
  const remote = (status: string, words: string) =>
    new Error(
      `KV Connect failed to call 'http://kv/v2/atomic_write' (status=${status}): ${words}`,
    );
  const checks = "Too many checks included in atomic write.";
  assert(isRefused(remote("400 Bad Request", checks)));
  for (
    const error of [
      remote("401 Unauthorized", "Invalid access token."),
      remote("429 Slow Down", "x"),
      remote("500 Internal Server Error", "An internal server error occurred."),
      new Error("disk I/O error"),
      new TypeError("database is locked"),
      new TypeError("database or disk is full"),
      new StoreDownError(`Cannot reach the store: ${checks}`),
      new DeadlineError("No answer within 1000 ms"),
      "Too many checks",
      null,
    ]
  ) assert(!isRefused(error), String(error));
});
