import { assertEquals } from "@std/assert";
import { narrowed } from "../../../lib/log/rollup/stored_counts.ts";

Deno.test("counts are stored in the narrowest array that holds all of them", () => {
  const stored = (...counts: number[]) => narrowed(Float64Array.from(counts));
  assertEquals(stored(), new Uint8Array(0));
  assertEquals(stored(0, 255), Uint8Array.of(0, 255));
  assertEquals(stored(256, 1), Uint16Array.of(256, 1));
  assertEquals(stored(65_535), Uint16Array.of(65_535));
  assertEquals(stored(65_536, 0), Uint32Array.of(65_536, 0));
  assertEquals(stored(2 ** 32 - 1), Uint32Array.of(2 ** 32 - 1));
  assertEquals(stored(2 ** 32, 3), Float64Array.of(2 ** 32, 3));
});

Deno.test("stored counts are a copy", () => {
  const counts = Float64Array.of(2 ** 32, 1);
  const stored = narrowed(counts);
  counts[1] = 9;
  assertEquals(stored[1], 1);
});
