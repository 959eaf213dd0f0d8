import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DAY, HOUR } from "../../lib/base/duration.ts";
import {
  HourHistory,
  readBaseline,
  recordHour,
} from "../../lib/detection/baseline.ts";

const NOW = Date.UTC(2026, 2, 4, 11);
const START = NOW - HOUR;

/** A store with the same hour of some days before; each day has a count. */
async function withDays<T>(
  days: ReadonlyMap<number, number>,
  act: (kv: Deno.Kv) => Promise<T>,
): Promise<T> {
  using kv = await Deno.openKv(":memory:");
  for (const [ago, requests] of days) {
    await recordHour(kv, START - ago * DAY, requests, NOW);
  }
  return await act(kv);
}

/** The baseline by both queries, which have to agree. */
async function usual(days: ReadonlyMap<number, number>) {
  return await withDays(days, async (kv) => {
    const one = await readBaseline(kv, START, NOW);
    const history = await HourHistory.open(kv, () => NOW, START);
    assertEquals(history.baseline(START), one);
    return one;
  });
}

const ago = (...days: number[]) => new Map(days.map((day) => [day, day * 10]));

Deno.test("what is usual: three equal hours of the week, else five of the days before, else nothing is known", async () => {
  for (
    const [days, median] of [
      [[], null],
      [[1, 2, 3, 4], null],
      [[1, 2, 3, 4, 5], 30],
      [[1, 2, 3, 4, 15], null],
      [[1, 2, 3, 4, 14], 30],
      [[7, 14], null],
      [[7, 14, 21], 140],
      [[7, 14, 56], 140],
      [[7, 14, 57], null],
      [[7, 14, 63], null],
      // The same weekdays are a better baseline than the days before.
      [[1, 2, 3, 4, 5, 7, 14, 21], 140],
      [[1, 2, 3, 7, 14], 30],
    ] as const
  ) {
    assertEquals(
      (await usual(ago(...days)))?.median ?? null,
      median,
      `${days}`,
    );
  }
});

Deno.test("what is usual: median and deviation, as one counts them by hand", async () => {
  const weeks = (...counts: number[]) =>
    new Map(counts.map((count, n) => [7 * (n + 1), count]));
  assertEquals(await usual(weeks(1, 5, 100)), { median: 5, mad: 4, hours: 3 });
  assertEquals(
    await usual(weeks(4, 1, 3, 2)),
    { median: 2.5, mad: 1, hours: 4 },
  );
  assertEquals(await usual(weeks(7, 7, 7)), { median: 7, mad: 0, hours: 3 });
});

Deno.test("what is usual: read at once or hour by hour is the same, whatever is known", async () => {
  const days = fc.uniqueArray(
    fc.tuple(
      fc.oneof(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 9 }).map((n) => 7 * n),
      ),
      fc.nat(1_000),
    ),
    { selector: ([day]) => day, maxLength: 16 },
  );
  await fc.assert(
    fc.asyncProperty(days, async (days) => {
      await usual(new Map(days));
    }),
    { numRuns: 60 },
  );
});

Deno.test("what is usual: an hour that is recorded counts at once, is stored by flush(), and by a dry run never", async () => {
  for (const isDry of [false, true]) {
    await withDays(ago(7, 14), async (kv) => {
      const history = await HourHistory.open(kv, () => NOW, START, isDry);
      assertEquals(history.baseline(START), null);
      await history.record(START - 21 * DAY, 210);
      assertEquals(history.baseline(START)?.median, 140);
      assertEquals(await readBaseline(kv, START, NOW), null);
      await history.flush();
      const stored = await readBaseline(kv, START, NOW);
      assertEquals(stored?.median ?? null, isDry ? null : 140);
      // Counts older than ten weeks are dropped.
      assertEquals(await readBaseline(kv, START, NOW + 70 * DAY), null);
    });
  }
});
