import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Bloom, unitFor } from "../../../lib/log/rollup/bloom.ts";
import { Distinct } from "../../../lib/log/rollup/distinct.ts";
import { hash53 } from "../../../lib/log/rollup/hash.ts";
import {
  eachPart,
  hasMinute,
  NO_MINUTE,
  withMinute,
} from "../../../lib/log/rollup/minutes.ts";
import { NameTally } from "../../../lib/log/rollup/name_tally.ts";
import { TopMerger, topOf } from "../../../lib/log/rollup/top_list.ts";

Deno.test("Distinct: exact up to 20,000, then within 5 %, merged in any order", () => {
  for (const n of [0, 1, 500, 513, 20_000, 20_001, 60_000, 300_000]) {
    const parts = Array.from({ length: 7 }, () => new Distinct());
    for (let i = 0; i < n; i++) {
      const hash = hash53(`${i >> 16}.${i >> 8 & 255}.${i & 255}`);
      parts[i % 7]!.add(hash);
      parts[(i + 3) % 7]!.add(hash);
    }
    const stored = parts.map((part) => part.store());
    const up = new Distinct();
    stored.forEach((each) => up.merge(each));
    const down = new Distinct();
    stored.toReversed().forEach((each) => down.merge(each));
    assertEquals(up.count(), down.count());
    const isSmall = n <= 513;
    if (isSmall) assertEquals(up.count(), n);
    assertEquals(up.isExact, isSmall);
    assert(Math.abs(up.count() - n) <= 0.05 * n, `${up.count()} for ${n}`);
    const alone = new Distinct();
    for (let i = 0; i < n; i++) alone.add(hash53(String(i)));
    if (n <= 20_000) assertEquals(alone.count(), n);
    assertEquals(alone.isExact, n <= 20_000);
  }
});

Deno.test("Bloom: what was added is found, at any fineness; of the rest, few", () => {
  for (const pairs of [1, 100, 20_000]) {
    const unit = unitFor(() => pairs);
    const bloom = Bloom.for(pairs, unit);
    for (let i = 0; i < pairs; i++) bloom.add(hash53(`in ${i}`), i % 60);
    const copy = new Bloom(bloom.store());
    let wrong = 0;
    for (let i = 0; i < pairs; i++) {
      assert(hasMinute(copy.minutesOf(hash53(`in ${i}`)), i % 60));
    }
    for (let i = 0; i < 5_000; i++) {
      if (copy.has(hash53(`out ${i}`), i % 60)) wrong++;
    }
    assert(wrong < 30, `${wrong} of 5,000`);
  }
  assertEquals(unitFor((unit) => 1_000_000 / unit), 60);
  assertEquals(unitFor((unit) => 100_000 / unit), 5);
});

Deno.test("minutes: parts of the hour hold the minutes that are in them", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.nat(59)),
    fc.constantFrom(1 as const, 5 as const, 15 as const, 60 as const),
    (numbers, unit) => {
      const minutes = numbers.reduce(withMinute, NO_MINUTE);
      for (let i = 0; i < 60; i++) {
        assertEquals(hasMinute(minutes, i), numbers.includes(i));
      }
      const parts: number[] = [];
      eachPart(minutes, unit, (part) => parts.push(part));
      const expected = new Set(numbers.map((i) => Math.floor(i / unit)));
      assertEquals(parts, [...expected].sort((a, b) => a - b));
    },
  ));
});

Deno.test("top lists: a count and its error hold the truth between them, pruned, cut and merged", () => {
  fc.assert(fc.property(
    fc.array(fc.array(fc.nat(40), { maxLength: 120 }), { maxLength: 6 }),
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 12 }),
    (parts, maxNames, cut) => {
      const truth = new Map<string, number>();
      const merger = new TopMerger(1);
      for (const part of parts) {
        const tally = new NameTally({ maxNames });
        for (const each of part) {
          // Small numbers are frequent.
          const name = `/${Math.floor(each * each / 40)}`;
          truth.set(name, (truth.get(name) ?? 0) + 1);
          tally.add(name, [1, 0, 0]);
          tally.prune(() => {});
          assert(tally.size <= maxNames);
        }
        merger.add(topOf(tally, { names: cut, bytes: 1_000 }));
      }
      const list = merger.top({ names: cut, bytes: Infinity });
      list.names.forEach((name, i) => {
        const count = list.counts[i]!;
        const real = truth.get(name)!;
        const error = list.errors?.[i] ?? 0;
        assert(count <= real && real <= count + error);
        if (i > 0) assert(list.counts[i - 1]! >= count);
      });
      for (const [name, real] of truth) {
        if (!list.names.includes(name)) assert(real <= list.unlisted);
      }
      const distinct = Math.max(0, ...parts.map((part) => new Set(part).size));
      if (distinct <= Math.min(maxNames, cut) && truth.size <= cut) {
        assertEquals(list.names.length, truth.size);
        assertEquals(list.errors, undefined);
      }
    },
  ));
});
