import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { reach, StoreDownError, transact } from "../../lib/store/errors.ts";

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
