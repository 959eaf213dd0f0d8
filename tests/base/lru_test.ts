import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Lru } from "../../lib/base/lru.ts";

Deno.test("Lru forgets the least recently used entry", () => {
  const cache = new Lru<string, number | null>(2);
  cache.set("a", 1);
  cache.set("b", null);
  assertEquals(cache.get("a"), 1);
  cache.set("c", 3);
  assertEquals(cache.get("b"), undefined);
  assertEquals(cache.get("a"), 1);
  assertEquals(cache.get("c"), 3);
  assertEquals(cache.size, 2);
});

Deno.test("Lru keeps null apart from nothing, and refreshes on set", () => {
  const cache = new Lru<string, string | null>(2);
  cache.set("a", null);
  cache.set("b", "x");
  assertEquals(cache.get("a"), null);
  cache.set("b", "y");
  cache.set("c", "z");
  assertEquals(cache.get("a"), undefined);
  assertEquals(cache.get("b"), "y");
  assertEquals(cache.delete("b"), true);
  assertEquals(cache.delete("b"), false);
  cache.clear();
  assertEquals(cache.size, 0);
});

Deno.test("Lru holds the last `max` keys used, for any sequence", () => {
  const step = fc.record({ set: fc.boolean(), key: fc.nat(8) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step),
      (max, steps) => {
        const cache = new Lru<number, number>(max);
        let used: number[] = [];
        for (const { set, key } of steps) {
          const known = used.includes(key);
          if (set) cache.set(key, key * 10);
          else assertEquals(cache.get(key), known ? key * 10 : undefined);
          if (set || known) {
            used = [...used.filter((k) => k !== key), key].slice(-max);
          }
          assertEquals(cache.size, used.length);
        }
      },
    ),
  );
});

Deno.test("Lru refuses to hold nothing", () => {
  for (const max of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new Lru(max), RangeError);
  }
});

Deno.test("Lru moves a key that was the newest before another was read", () => {
  const cache = new Lru<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.get("b");
  cache.set("c", 3);
  assertEquals([cache.get("a"), cache.get("b")], [undefined, 2]);
});

Deno.test("Lru moves a key that was the newest before another was set", () => {
  const cache = new Lru<string, number>(2);
  cache.set("a", 1);
  cache.get("a");
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  assertEquals([cache.get("a"), cache.get("b")], [1, undefined]);
});

Deno.test("Lru moves a key that was read last, after another was set and read", () => {
  const cache = new Lru<string, number>(3);
  for (const key of ["a", "b", "c"]) cache.set(key, 0);
  cache.get("a");
  cache.get("b");
  cache.get("a");
  cache.set("d", 0);
  cache.set("e", 0);
  assertEquals(cache.get("a"), 0);
});
