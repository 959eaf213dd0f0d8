import { assertEquals } from "@std/assert";
import { CountedWindow, stepOf } from "../../lib/limits/counted_window.ts";

const RATE = { limit: 3, windowMs: 1_000 };

Deno.test("stepOf(): up to 64 passes each has its time, more share a sixty-fourth of the window", () => {
  assertEquals(stepOf({ limit: 64, windowMs: 64_000 }), 1);
  assertEquals(stepOf({ limit: 65, windowMs: 64_000 }), 1_000);
  assertEquals(stepOf({ limit: 65, windowMs: 64_001 }), 1_001);
});

Deno.test("CountedWindow: an empty one frees nothing and is open", () => {
  const window = new CountedWindow();
  window.advance(5_000, RATE, 1);
  assertEquals([window.total, window.frees(RATE), window.opensAt(RATE)], [
    0,
    0,
    0,
  ]);
  assertEquals(window.passes(), []);
});

Deno.test("CountedWindow: a pass leaves when the window is over, not before", () => {
  const window = new CountedWindow();
  window.add(5_000, 1, 1);
  window.add(5_400, 2, 1);
  assertEquals(window.frees(RATE), 6_000);
  // With three of three used up, the first one to expire opens it.
  assertEquals(window.opensAt(RATE), 6_000);
  window.advance(5_999, RATE, 1);
  assertEquals(window.total, 3);
  window.advance(6_000, RATE, 1);
  assertEquals([window.total, window.frees(RATE)], [2, 6_400]);
  assertEquals(window.opensAt(RATE), 0);
  assertEquals(window.passes(), [5_400, 2]);
});

Deno.test("CountedWindow: a clock that is set back by more than a second keeps the count, from now on", () => {
  const window = new CountedWindow();
  window.add(5_000, 2, 1);
  window.advance(3_999, RATE, 1);
  assertEquals(window.passes(), [5_000, 2]);
  window.advance(3_998, RATE, 1);
  assertEquals(window.passes(), [3_998, 2]);
  assertEquals(window.total, 2);
});
