import { assertEquals, assertRejects } from "@std/assert";
import { Behind } from "../../lib/base/behind.ts";

Deno.test("Behind: the next work starts when the one before it has ended", async () => {
  const events: string[] = [];
  const ends: (() => void)[] = [];
  const behind = new Behind();
  const work = (name: string) => async () => {
    events.push(`${name} starts`);
    await new Promise<void>((resolve) => ends.push(resolve));
    events.push(`${name} ends`);
  };
  await behind.run(work("a"));
  events.push("prepared");
  const second = behind.run(work("b"));
  await Promise.resolve();
  assertEquals(events, ["a starts", "prepared"]);
  ends[0]!();
  await second;
  assertEquals(events, ["a starts", "prepared", "a ends", "b starts"]);
  ends[1]!();
  await behind.end();
  assertEquals(events.at(-1), "b ends");
});

Deno.test("Behind: an error is thrown to whoever asks next, once, and nothing starts then", async () => {
  const behind = new Behind();
  let started = 0;
  await behind.run(() => Promise.reject(new Error("the store is down")));
  await assertRejects(
    () => behind.run(() => Promise.resolve(void started++)),
    Error,
    "the store is down",
  );
  assertEquals(started, 0);
  await behind.end();
  await behind.run(() => Promise.resolve(void started++));
  await behind.end();
  assertEquals(started, 1);
});
