import { HOUR } from "../../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import {
  baselineOf,
  readBaseline,
  recordHour,
} from "../../../lib/detection/baseline.ts";
import { trafficSpike } from "../../../lib/detection/rules/traffic_spike.ts";
import { HOUR_START } from "../records.ts";
import { judged, namesIn, type Scene } from "./_summary.ts";

const scene = (requests: number, history: number[] | null): Scene => ({
  visitors: [["203.0.113.9", requests]],
  baseline: history === null ? null : baselineOf(history),
});
const SITE = ["*"];
// Median 1,000, deviation 100 / 1.4826 scaled: 1,000 + 6 × 148.26 = 1,889.56 and twice is 2,000.
const STEADY = [900, 900, 1_000, 1_000, 1_000, 1_100, 1_100];
// Median 1,000, deviation 200: six times that is 2,779.1, five 2,482.6, seven 3,075.6.
const WILD = [600, 800, 800, 1_000, 1_200, 1_200, 1_400];

namesIn(trafficSpike(), {
  "ten times as much": [scene(10_000, STEADY), SITE],
  "twice as much on a steady site": [scene(2_000, STEADY), SITE],
  "beyond six deviations": [scene(2_780, WILD), SITE],
  "short of seven": [scene(3_000, WILD), SITE],
  "a past spike hides nothing": [
    scene(5_000, [1_000, 1_010, 990, 90_000, 1_000]),
    SITE,
  ],
  "two past spikes hide nothing": [
    scene(5_000, [1_000, 1_010, 990, 90_000, 80_000]),
    SITE,
  ],
  "of a site that never changes": [scene(2_000, [1_000, 1_000, 1_000]), SITE],
  "of a site at rest": [scene(500, [0, 0, 0, 0]), SITE],
  "of a quiet hour of the night": [scene(600, [40, 45, 50, 38]), SITE],
  "of a big site": [scene(200_000, [50_000, 52_000, 49_000]), SITE],
  "with three weeks known": [scene(9_000, [1_000, 1_100, 900]), SITE],
  "as usual": [scene(1_000, STEADY), []],
  "a little more": [scene(1_300, STEADY), []],
  "nearly twice as much": [scene(1_999, STEADY), []],
  "within six deviations": [scene(2_779, WILD), []],
  "beyond five": [scene(2_500, WILD), []],
  "much less": [scene(10, STEADY), []],
  "nobody at all": [scene(0, STEADY), []],
  "of a new site, of which nothing is known": [scene(100_000, null), []],
  "many times nearly nothing": [scene(499, [3, 4, 2]), []],
  "a busy hour among wild ones": [
    scene(6_000, [500, 9_000, 2_000, 7_000, 100]),
    [],
  ],
  "the busiest hour so far": [scene(1_500, WILD), []],
});

Deno.test("traffic_spike: it says what is usual", () => {
  const [found] = judged(trafficSpike(), scene(10_000, STEADY));
  assertEquals(
    found!.explanation,
    "10,000 requests in all in the hour from 2026-03-04 10:00 UTC, usually 1,000 (median of 7 such hours)",
  );
});

Deno.test("baseline: the same hour of past weeks, or of past days while those are few", async () => {
  using kv = await Deno.openKv(":memory:");
  const DAY = 24 * HOUR;
  const now = HOUR_START;
  const read = () => readBaseline(kv, HOUR_START, now);
  assertEquals(await read(), null);
  for (let day = 1; day <= 4; day++) {
    await recordHour(kv, HOUR_START - day * DAY, 100, now);
  }
  assertEquals(await read(), null);
  await recordHour(kv, HOUR_START - 5 * DAY, 100, now);
  assertEquals(await read(), { median: 100, mad: 0, hours: 5 });
  // Another hour of the day has its own baseline.
  await recordHour(kv, HOUR_START - HOUR, 9_999, now);
  assertEquals(await read(), { median: 100, mad: 0, hours: 5 });
  for (const [week, count] of [[1, 10], [2, 20], [3, 60]] as const) {
    await recordHour(kv, HOUR_START - week * 7 * DAY, count, now);
  }
  assertEquals(await read(), { median: 20, mad: 10, hours: 3 });
  await recordHour(kv, HOUR_START - 7 * DAY, 30, now);
  assertEquals((await read())!.median, 30);
  assertEquals(
    await readBaseline(kv, HOUR_START, now + 70 * DAY),
    null,
    "forgotten on time, whatever the store still shows",
  );
  assertEquals(baselineOf([4, 1, 3, 2]).median, 2.5);
});
