import { onCommit } from "../_fake_kv.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { requestStats, type StatsUnit } from "../../lib/console/stats.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  records,
  START,
  write,
} from "../log/rollup/_log.ts";
import { naiveStats } from "../log/rollup/_naive.ts";

/** A store in which the commit with number `dies`, from 0, and all later ones fail. */
function dying(kv: Deno.Kv, dies: number): Deno.Kv {
  return onCommit(kv, (n) => {
    if (n > dies) throw new Error("killed");
  });
}

const SPAN = 3 * DAY;

type Step =
  | { do: "write"; records: RequestRecord[]; keep: number }
  | { do: "race"; records: RequestRecord[]; keep: number; first: boolean }
  | { do: "roll"; times: number }
  | { do: "die"; after: number }
  | { do: "wait"; ms: number };

const some = fc.oneof(
  records(0, SPAN),
  records(0, 2 * HOUR),
  records(DAY, DAY + 10 * MINUTE, 5),
);
const keep = fc.constantFrom(20 * MINUTE, 10 * HOUR, 2 * DAY, 30 * DAY);
const written = fc.record({
  do: fc.constant("write" as const),
  records: some,
  keep,
});
const waited = fc.record({
  do: fc.constant("wait" as const),
  ms: fc.oneof(
    fc.integer({ min: 0, max: 3 * MINUTE }),
    fc.integer({ min: 0, max: 11 * HOUR }),
    fc.constantFrom(HOUR, DAY),
  ),
});
const rolled = fc.record({
  do: fc.constant("roll" as const),
  times: fc.integer({ min: 1, max: 2 }),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.tuple(written),
    fc.tuple(waited, rolled),
    fc.tuple(fc.record({
      do: fc.constant("race" as const),
      records: some,
      keep,
      first: fc.boolean(),
    })),
    fc.tuple(
      fc.record({ do: fc.constant("die" as const), after: fc.nat(12) }),
      // Until its lease has expired.
      fc.constant({ do: "wait" as const, ms: 2 * MINUTE }),
    ),
  ),
  { minLength: 2, maxLength: 12 },
).map((steps) => steps.flat());

const query = fc.record({
  since: fc.integer({ min: -HOUR, max: SPAN }),
  length: fc.oneof(
    fc.integer({ min: 1, max: 3 * HOUR }),
    fc.integer({ min: 1, max: SPAN }),
    fc.constant(DAY),
  ),
  isWhole: fc.boolean(),
  by: fc.constantFrom<StatsUnit>("minute", "hour", "day"),
});

Deno.test("requestStats(): rollups answer what a count of every record does, whatever was written when, rolled up, killed or expired", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(query, { minLength: 3, maxLength: 3 }),
      fc.constantFrom(HOUR, SPAN, 2 * SPAN),
      async (steps, queries, startsAt) => {
        using kv = await Deno.openKv(":memory:");
        let time = START + startsAt;
        const now = () => time;
        for (const step of steps) {
          if (step.do === "write") {
            await write(kv, step.records, now, step.keep);
          } else if (step.do === "wait") {
            time += step.ms;
          } else if (step.do === "roll") {
            const runs = Array.from(
              { length: step.times },
              () => rollUp({ kv, now }),
            );
            await Promise.all(runs);
          } else if (step.do === "die") {
            await rollUp({ kv: dying(kv, step.after), now }).catch(() => {});
          } else {
            const race = [
              () => write(kv, step.records, now, step.keep),
              () => rollUp({ kv, now }),
            ];
            if (step.first) race.reverse();
            await Promise.all(race.map((run) => run()));
          }
        }
        for (const { since, length, isWhole, by } of queries) {
          const from = START + (isWhole ? since - since % HOUR : since);
          const most = by === "minute"
            ? Math.min(length, 900 * MINUTE)
            : length;
          const asked = { since: from, until: from + most, by, top: 4 };
          assertEquals(
            await requestStats(kv, asked, now),
            await naiveStats(kv, asked, now),
          );
        }
      },
    ),
    { numRuns: 100 },
  );
});
