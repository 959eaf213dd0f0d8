import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { listFindings } from "../../lib/detection/findings.ts";
import {
  isHourlyJobDue,
  runHourlyJob,
  runLightPass,
} from "../../lib/detection/job.ts";
import { allRules } from "../../lib/detection/rules/mod.ts";
import { storedSource } from "../../lib/detection/job_options.ts";
import { RunningHour } from "../../lib/detection/running_hour.ts";
import { keys } from "../../lib/store/keys.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { store } from "../log/_records.ts";
import { HOUR_START, record, sourceOf, THE_HOUR } from "./records.ts";

const rules = allRules({ threshold: 100, sensitivePaths: ["/login"] });

function jobAt(kv: Deno.Kv, records: RequestRecord[], now: number) {
  const stored = records.filter(({ timestamp }) => timestamp < now);
  return { kv, now: () => now, source: sourceOf(stored), rules, settleMs: 0 };
}

/** The contents of the store, without times of flags and changes. */
async function findingsIn(kv: Deno.Kv) {
  const { items } = await listFindings(kv, { limit: 500, now: THE_HOUR.to });
  return items.map((finding) => ({
    ...finding,
    flagged_at: 0,
    updated_at: 0,
    expires_at: 0,
  })).sort((a, b) => a.id < b.id ? -1 : 1);
}

/** An hour with several kinds of attacks and with readers. */
function attackedHour(): RequestRecord[] {
  const records: RequestRecord[] = [];
  const at = (minute: number, fields: Partial<RequestRecord>) =>
    records.push(
      record({ timestamp: HOUR_START + minute * MINUTE, ...fields }),
    );
  for (let minute = -5; minute < 60; minute += 0.25) {
    at(minute, { ip_address: "198.51.100.1", path: `/page-${minute}` });
    if (minute < 20) continue;
    at(minute, { ip_address: "203.0.113.1", path: "/index" });
    at(minute, { ip_address: "203.0.113.2", path: `/x${minute}`, status: 404 });
    at(minute, {
      ip_address: "203.0.113.3",
      path: "/login",
      method: "POST",
      status: 401,
      user_agent: "sqlmap/1.7",
    });
  }
  return records;
}

Deno.test("light pass: an attack in progress is flagged before the hour is over", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = Array.from(
    { length: 300 },
    (_, n) => record({ timestamp: HOUR_START + n * 1_000 }),
  );
  // 101 requests are reached after 100 seconds.
  const flagged: number[] = [];
  for (let minute = 0; minute <= 5; minute++) {
    const now = HOUR_START + minute * MINUTE;
    const { findings, ran } = await runLightPass(jobAt(kv, records, now));
    assertEquals(ran, true);
    if (findings.some(({ rule }) => rule === "high_volume")) {
      flagged.push(minute);
    }
  }
  assertEquals(flagged, [2, 3, 4, 5]);
});

Deno.test("light pass: the hour ends with the same findings, whenever there were passes", async () => {
  const records = attackedHour();
  using plain = await Deno.openKv(":memory:");
  await runHourlyJob(jobAt(plain, records, THE_HOUR.to));
  const expected = await findingsIn(plain);
  assertEquals(expected.length >= 5, true);
  assertEquals(new Set(expected.map(({ rule }) => rule)).size >= 5, true);

  const minutes = fc.array(fc.integer({ min: 0, max: 59 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(minutes, async (minutes) => {
      using kv = await Deno.openKv(":memory:");
      for (const minute of minutes.toSorted((a, b) => a - b)) {
        const now = HOUR_START + minute * MINUTE;
        await runLightPass(jobAt(kv, records, now));
      }
      await runHourlyJob(jobAt(kv, records, THE_HOUR.to));
      assertEquals(await findingsIn(kv), expected);
    }),
    { numRuns: 25 },
  );
});

Deno.test("light pass: of two at once one runs, and a dead one holds up the next no longer than it", async () => {
  using kv = await Deno.openKv(":memory:");
  const options = jobAt(kv, attackedHour(), THE_HOUR.to - 1);
  const runs = await Promise.all([
    runLightPass(options),
    runLightPass(options),
  ]);
  assertEquals(runs.filter(({ ran }) => ran).length >= 1, true);
  assertEquals((await kv.get(keys.lease("detect_light"))).value, null);
});

Deno.test("light pass: it leaves the watermark alone, and tells when the hourly job did not come", async () => {
  using kv = await Deno.openKv(":memory:");
  await runLightPass(jobAt(kv, attackedHour(), THE_HOUR.to - 1));
  assertEquals((await kv.get(keys.watermark("detect"))).value, null);
  const due = (now: number) =>
    isHourlyJobDue({ kv, now: () => now, graceMs: 3 * MINUTE });
  assertEquals(await due(THE_HOUR.to + 30 * MINUTE), false);
  await kv.set(keys.watermark("detect"), THE_HOUR.to);
  assertEquals(await due(THE_HOUR.to + 30 * MINUTE), false);
  assertEquals(await due(THE_HOUR.to + HOUR + 2 * MINUTE), false);
  assertEquals(await due(THE_HOUR.to + HOUR + 4 * MINUTE), true);
});

Deno.test("light pass: who has counted the hour judges it and closes it, another only where it is gone", async () => {
  using kv = await Deno.openKv(":memory:");
  await store(kv, () => HOUR_START, attackedHour());
  const clock = { now: HOUR_START + 30 * MINUTE };
  const now = () => clock.now;
  const read = { one: 0, other: 0 };
  const options = (name: keyof typeof read) => {
    const source = storedSource(kv, now);
    const counted = async function* (
      records: AsyncIterable<Iterable<RequestRecord>>,
    ) {
      for await (const each of records) {
        yield (function* () {
          for (const record of each) {
            read[name]++;
            yield record;
          }
        })();
      }
    };
    return {
      ...{ kv, now, rules, settleMs: 0 },
      source: {
        ...source,
        scan: (...asked: Parameters<typeof source.scan>) =>
          counted(source.scan(...asked)),
        fresh: (...asked: Parameters<NonNullable<typeof source.fresh>>) =>
          counted(source.fresh!(...asked)),
      },
    };
  };
  const one = new RunningHour({ headStartMs: 0 });
  const other = new RunningHour({ headStartMs: 0 });
  assertEquals((await runLightPass(options("one"), one)).ran, true);
  assertEquals(one.has(HOUR_START), true);
  const once = read.one;
  // The hour is completed from the counts made while it ran.
  clock.now = THE_HOUR.to;
  await runHourlyJob({ ...options("one"), running: one });
  const found = await findingsIn(kv);
  assertEquals(read, { one: once, other: 0 });
  assertEquals(one.has(HOUR_START), false);
  // A process without these counts reads it, and finds the same.
  await kv.delete(keys.watermark("detect"));
  await runHourlyJob({ ...options("other"), running: other });
  assertEquals(read, { one: once, other: once });
  assertEquals(await findingsIn(kv), found);
});
