import { MINUTE } from "../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import { SiteMinutes } from "../../lib/detection/site_minutes.ts";
import { HOUR_START, record } from "./records.ts";

/** Minutes with a number of requests each, a duration and a share of errors. */
function minutes(
  ...all: [at: number, requests: number, ms: number | null, errors?: number][]
): SiteMinutes {
  const site = new SiteMinutes();
  for (const [at, requests, duration_ms, errors = 0] of all) {
    for (let n = 0; n < requests; n++) {
      site.add(record({
        timestamp: HOUR_START + at * MINUTE + n,
        duration_ms,
        status: n < errors ? 503 : 200,
      }));
    }
  }
  return site;
}

const steady: [number, number, number | null][] = Array.from(
  { length: 20 },
  (_, at) => [at, 100, 20],
);

const CASES: Record<string, [site: SiteMinutes, hurts: boolean[]]> = {
  "a steady site": [minutes(...steady), []],
  "as many as the threshold": [minutes(...steady, [30, 1_200, 20]), []],
  "one more": [minutes(...steady, [30, 1_201, 20]), [false]],
  "much, where much is usual": [
    minutes(
      ...Array.from({ length: 20 }, (_, at) => [at, 700, 20] as const).map((
        [at, requests, ms],
      ) => [at, requests, ms] as [number, number, number]),
      [30, 3_000, 20],
    ),
    [],
  ],
  "slower than three times": [
    minutes(...steady, [30, 2_000, 120]),
    [true],
  ],
  "slower, but not slow": [minutes(...steady, [30, 2_000, 90]), [false]],
  "of a log without durations": [
    minutes([0, 50, null], [30, 2_000, null]),
    [false],
  ],
  "a tenth of it failing": [
    minutes(...steady, [30, 2_000, 20, 200]),
    [true],
  ],
  "less than a tenth failing": [
    minutes(...steady, [30, 2_000, 20, 199]),
    [false],
  ],
  "failing as ever": [
    minutes([0, 100, 20, 40], [1, 100, 20, 40], [30, 2_000, 20, 900]),
    [false],
  ],
  "slow from the first request on": [minutes([0, 2_000, 1_000]), [true]],
  "two minutes of it": [
    minutes(...steady, [30, 2_000, 20], [31, 2_000, 500]),
    [false, true],
  ],
};

for (const [name, [site, hurts]] of Object.entries(CASES)) {
  Deno.test(`SiteMinutes: ${name}: ${hurts.length} floods`, () => {
    assertEquals(site.floods(1_200).map(({ hurts }) => hurts), hurts);
  });
}
