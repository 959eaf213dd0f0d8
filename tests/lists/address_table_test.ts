import { assertEquals } from "@std/assert";
import { AddressTable } from "../../lib/lists/address_table.ts";
import { Random } from "../net/random.ts";

for (const width of [1, 4] as const) {
  Deno.test(`AddressTable of width ${width} does what a Map does`, () => {
    const random = new Random(width);
    const table = new AddressTable(width);
    const map = new Map<string, number>();
    // Few different keys, so that slots are freed and reused repeatedly.
    const anyKey = () =>
      Int32Array.from(
        { length: 4 },
        (_, i) => i < width ? random.int(width === 1 ? 3_000 : 8) - 4 : 0,
      );
    for (let i = 0; i < 100_000; i++) {
      const words = anyKey();
      const key = words.join();
      const growing = i % 20_000 < 12_000;
      if (random.chance(growing ? 0.6 : 0.2)) {
        table.set(words, i);
        map.set(key, i);
      } else {
        assertEquals(table.delete(words), map.get(key) ?? -1);
        map.delete(key);
      }
      const other = anyKey();
      assertEquals(table.get(other), map.get(other.join()) ?? -1);
      assertEquals(table.size, map.size);
    }
    const seen = new Map<string, number>();
    table.forEach((words, value) => seen.set(words.join(), value));
    assertEquals(seen, map);
  });
}

Deno.test("AddressTable survives being emptied and filled again", () => {
  const table = new AddressTable(1);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1_000; i++) table.set(Int32Array.of(i), i);
    for (let i = 0; i < 1_000; i++) {
      assertEquals(table.delete(Int32Array.of(i)), i);
    }
    assertEquals(table.size, 0);
    assertEquals(table.get(Int32Array.of(5)), -1);
  }
});
