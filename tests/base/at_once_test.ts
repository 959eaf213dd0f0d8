import { assert, assertEquals, assertRejects } from "@std/assert";
import { atOnce } from "../../lib/base/at_once.ts";

Deno.test("atOnce() runs every item once, at most so many at the same time", async () => {
  for (const count of [1, 3, 50]) {
    let [running, most] = [0, 0];
    const done: number[] = [];
    await atOnce(Array(20).keys(), count, async (item) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, item % 3));
      done.push(item);
      running--;
    });
    assertEquals(done.sort((a, b) => a - b), [...Array(20).keys()]);
    assertEquals(most, Math.min(count, 20));
  }
});

Deno.test("atOnce() begins nothing more after a failure, and waits for what is under way", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const running = atOnce(Array(20).keys(), 3, async (item) => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error("the second");
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended.push(item);
  });
  await assertRejects(() => running, Error, "the second");
  assert(begun.length < 6, `${begun}`);
  assertEquals(ended, begun.filter((item) => item !== 1));
});
