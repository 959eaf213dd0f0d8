import { assertEquals, assertRejects } from "@std/assert";
import { createSlots } from "../../lib/geo/slots.ts";

Deno.test("slots: no more than `max` run at once, in turn", async () => {
  const slots = createSlots(3);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 20 }, (_, i) =>
    slots.run(async () => {
      order.push(i);
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    })));
  assertEquals(most, 3);
  assertEquals(order, Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("slots: a task that fails gives its slot back", async () => {
  const slots = createSlots(1);
  for (let i = 0; i < 3; i++) {
    await assertRejects(() => slots.run(() => Promise.reject(new Error("x"))));
    await assertRejects(() =>
      slots.run(() => {
        throw new Error("y");
      })
    );
  }
  assertEquals(await slots.run(() => Promise.resolve(7)), 7);
});
