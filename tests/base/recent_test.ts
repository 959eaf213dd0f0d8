import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Recent } from "../../lib/base/recent.ts";

Deno.test("Recent has the last `most` keys used, no value but the last, and never twice as many keys", () => {
  const step = fc.record({ set: fc.boolean(), key: fc.nat(12) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 60 }),
      (most, steps) => {
        const cache = new Recent<number, number>(most);
        const last = new Map<number, number>();
        let used: number[] = [];
        for (const [i, { set, key }] of steps.entries()) {
          if (set) {
            cache.set(key, i);
            last.set(key, i);
          } else {
            const found = cache.get(key);
            if (found === undefined) {
              assert(!used.slice(-most).includes(key));
              continue;
            }
            assertEquals(found, last.get(key));
          }
          used = [...used.filter((each) => each !== key), key];
        }
        const held = [...last.keys()].filter((key) => {
          // A look-up may drop others, so each is done on a copy with the same history.
          const copy = new Recent<number, number>(most);
          for (const [i, step] of steps.entries()) {
            if (step.set) copy.set(step.key, i);
            else copy.get(step.key);
          }
          return copy.get(key) !== undefined;
        });
        assert(held.length <= 2 * most);
      },
    ),
  );
});

Deno.test("Recent keeps null apart from nothing", () => {
  const cache = new Recent<string, string | null>(2);
  cache.set("a", null);
  assertEquals([cache.get("a"), cache.get("b")], [null, undefined]);
  cache.set("b", "1");
  cache.set("c", "2");
  assertEquals(cache.get("a"), null);
});

Deno.test("Recent forgets everything when it is told to", () => {
  const cache = new Recent<string, number>(1);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.clear();
  assertEquals([cache.get("a"), cache.get("b")], [undefined, undefined]);
});

Deno.test("Recent refuses to hold nothing", () => {
  for (const most of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new Recent(most), RangeError);
  }
});
