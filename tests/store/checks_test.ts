import "../_limits.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { byChecks, MAX_CHECKS } from "../../lib/store/checks.ts";

Deno.test("byChecks() keeps items and their order, and no group could hold the first item of the next", () => {
  const items = fc.array(fc.integer({ min: 0, max: 4 }));
  fc.assert(
    fc.property(items, fc.integer({ min: 0, max: 6 }), (all, beside) => {
      const checks = (item: number) => item;
      const groups = [...byChecks(all, { checks, beside })];
      assertEquals(groups.flat(), all);
      const sums = groups.map((group) => group.reduce((a, b) => a + b, beside));
      for (const [i, group] of groups.entries()) {
        assert(group.length > 0);
        assert(sums[i]! <= MAX_CHECKS);
        const next = groups[i + 1]?.[0];
        if (next !== undefined) assert(sums[i]! + next > MAX_CHECKS);
      }
    }),
  );
});

Deno.test("byChecks() refuses what no write could check", () => {
  const checks = () => MAX_CHECKS;
  assertEquals([...byChecks(["a", "b"], { checks })], [["a"], ["b"]]);
  assertThrows(
    () => [...byChecks(["a"], { checks, beside: 1 })],
    RangeError,
    "expected at most 10 checks, received 11",
  );
});

Deno.test("tests: an atomic write with 11 checks is refused, as denokv and Deno Deploy refuse it", async () => {
  using kv = await Deno.openKv(":memory:");
  const write = (count: number) => {
    const atomic = kv.atomic().set(["written", count], true);
    for (let i = 0; i < count; i++) {
      atomic.check({ key: ["absent", i], versionstamp: null });
    }
    return atomic.commit();
  };
  assert((await write(10)).ok);
  await assertRejects(() => write(11), TypeError, "Too many checks (max 10");
  assertEquals((await kv.get(["written", 11])).value, null);
});
