import { assertEquals } from "@std/assert";
import {
  readRollup,
  requestsIn,
  SLOT,
  SLOT_SIZE,
} from "../../../lib/log/rollup/rollup.ts";

Deno.test("readRollup() gives the slots of version 1 the counts that came later", () => {
  const stored = { v: 1, slots: Float64Array.of(5, 2, 1, 3, 7, 0, 0, 0) };
  const { v, slots } = readRollup(stored)!;
  assertEquals(v, 2);
  assertEquals(slots.length, 2 * SLOT_SIZE);
  assertEquals(slots[SLOT.allowed], 5);
  assertEquals(slots[SLOT.errors], 3);
  assertEquals(slots[SLOT.challenged], 0);
  assertEquals(slots[SLOT_SIZE + SLOT.allowed], 7);
  assertEquals(requestsIn(slots), 15);
});

Deno.test("readRollup() reads none of a newer version", () => {
  assertEquals(readRollup({ v: 3 }), null);
});
