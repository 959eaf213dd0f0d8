import { HOUR } from "../../lib/base/duration.ts";
import { onCommit } from "../_fake_kv.ts";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  countActive,
  getFinding,
  listFindings,
  setFindingActive,
} from "../../lib/detection/findings.ts";
import {
  detectRange,
  runDetection,
  runHourlyJob,
} from "../../lib/detection/job.ts";
import { highVolume } from "../../lib/detection/rules/high_volume.ts";
import { sensitivePath } from "../../lib/detection/rules/sensitive_path.ts";
import { keys } from "../../lib/store/keys.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import {
  HOUR_START,
  record,
  sourceOf,
  tempKv,
  THE_HOUR,
  times,
} from "./records.ts";

const NOON = HOUR_START + 2 * HOUR;
const rules = [
  highVolume({ threshold: 100 }),
  sensitivePath({ paths: ["/login"] }),
];

/** `count` requests in the `hour`th hour from the tests' one. */
function inHour(
  hour: number,
  count: number,
  fields: Partial<RequestRecord> = {},
): RequestRecord[] {
  return times(count, fields).map((item, index) => ({
    ...item,
    timestamp: HOUR_START + hour * HOUR + index * 1_000,
  }));
}

function options(kv: Deno.Kv, records: RequestRecord[], now = NOON) {
  return { kv, now: () => now, source: sourceOf(records), rules, settleMs: 0 };
}

async function allFindings(kv: Deno.Kv) {
  const { items } = await listFindings(kv, { limit: 500, now: NOON });
  return items.map((
    { ip_address, rule, count, windows, first_seen, last_seen, evidence },
  ) => ({
    ip_address,
    rule,
    count,
    windows,
    first_seen,
    last_seen,
    evidence,
  })).sort((a, b) =>
    `${a.rule}${a.ip_address}` < `${b.rule}${b.ip_address}` ? -1 : 1
  );
}

/** A KV whose process is killed at the n-th commit. */
function killedAt(kv: Deno.Kv, n: number): Deno.Kv {
  return onCommit(kv, (commit) => {
    if (commit >= n) throw new Error("killed");
  });
}

Deno.test("job: it judges the hour that ends now, and no other", async () => {
  using kv = await Deno.openKv(":memory:");
  const half = HOUR_START + HOUR / 2;
  const records = [
    ...inHour(0, 101).map((item) => ({ ...item, timestamp: half })),
    ...times(101, { ip_address: "192.0.2.1", timestamp: half - 1 }),
    ...times(101, { ip_address: "192.0.2.2", timestamp: half + HOUR }),
    ...times(101, {
      ip_address: "192.0.2.3",
      timestamp: half + HOUR - 1,
    }),
  ];
  const result = await runDetection(options(kv, records, half + HOUR));
  assertEquals(result.findings.map(({ ip_address }) => ip_address).sort(), [
    "192.0.2.3",
    "203.0.113.9",
  ]);
  assertEquals([result.flagged, result.raised, result.examined], [2, 2, 202]);
  assertEquals(result.took_ms >= 0, true);
});

Deno.test("job: run again it answers the same and stores nothing more", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = { ...options(kv, inHour(0, 101)), at: THE_HOUR.to };
  const first = await runDetection(setup);
  const second = await runDetection(setup);
  assertEquals([first.flagged, first.raised], [1, 1]);
  assertEquals([second.flagged, second.raised], [1, 0]);
  assertEquals(second.findings, first.findings);
  assertEquals(await countActive(kv, { now: NOON }), 1);
});

Deno.test("job: a dry run says what it would find and writes nothing", async () => {
  using kv = await Deno.openKv(":memory:");
  const result = await runDetection({
    ...options(kv, inHour(0, 101)),
    at: THE_HOUR.to,
    dryRun: true,
  });
  assertEquals(result.flagged, 1);
  assertEquals(await countActive(kv, { now: NOON }), 0);
});

Deno.test("job: after a resolution only what came later counts", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = inHour(0, 150);
  const at = THE_HOUR.to;
  const first = await runDetection({ ...options(kv, records), at });
  const { id } = first.findings[0]!;
  const now = HOUR_START + 120_500;
  await setFindingActive(kv, id, false, { by: "ada", now });
  // 29 of the hour's 150 requests came after that.
  const second = await runDetection({ ...options(kv, records), at });
  assertEquals([second.flagged, second.raised], [0, 0]);
  const more = [...records, ...inHour(0.5, 80)];
  const third = await runDetection({ ...options(kv, more), at });
  assertEquals([third.flagged, third.raised], [1, 1]);
  assertEquals(third.findings[0]!.count, 109);
  const fourth = await runDetection({ ...options(kv, more), at });
  assertEquals([fourth.flagged, fourth.raised], [1, 0]);
  assertEquals((await getFinding(kv, id, NOON))!.count, 109);
});

Deno.test("job: a range is judged by its clock hours", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = [
    ...inHour(0, 101),
    ...inHour(1, 120),
    // Never more than 100 in a clock hour, though 102 within 60 minutes.
    ...times(51, { ip_address: "192.0.2.1", timestamp: THE_HOUR.to - 1 }),
    ...times(51, { ip_address: "192.0.2.1", timestamp: THE_HOUR.to }),
  ];
  const hours: number[] = [];
  const result = await detectRange(
    options(kv, records),
    { from: HOUR_START + 5, to: HOUR_START + HOUR + 5 },
    ({ from }) => hours.push(from),
  );
  assertEquals(hours, [HOUR_START, HOUR_START + HOUR]);
  assertEquals([result.flagged, result.raised], [1, 1]);
  assertEquals(result.findings[0]!.count, 120);
  assertEquals(result.findings[0]!.windows, hours);
  assertEquals(result.examined, 101 + 120 + 102);
  const none = await detectRange(options(kv, records), { from: 5, to: 5 });
  assertEquals(none.examined, 0);
  assertThrows(
    () => detectRange(options(kv, []), { from: 6, to: 5 }),
    RangeError,
    "Cannot judge",
  );
});

Deno.test("job: the first hourly run judges the hour before it", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = [...inHour(0, 101), ...inHour(1, 102), ...inHour(2, 300)];
  const result = await runHourlyJob(options(kv, records, NOON + 60_000));
  assertEquals(result.ran, true);
  assertEquals(result.hours, [HOUR_START + HOUR]);
  assertEquals(result.findings.map(({ count }) => count), [102]);
});

Deno.test("job: run twice in an hour it has nothing to do", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = options(kv, inHour(1, 101), NOON + 60_000);
  await runHourlyJob(setup);
  const again = await runHourlyJob(setup);
  assertEquals([again.ran, again.hours, again.examined], [true, [], 0]);
});

Deno.test("job: three hours late it judges three more hours, once", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = [1, 2, 3, 4].flatMap((hour) => inHour(hour, 100 + hour));
  await runHourlyJob(options(kv, records, NOON));
  const late = await runHourlyJob(options(kv, records, NOON + 3 * HOUR));
  assertEquals(late.hours, [2, 3, 4].map((hour) => HOUR_START + hour * HOUR));
  const [finding] = await allFindings(kv);
  assertEquals(finding!.count, 104);
  assertEquals(finding!.windows.length, 4);
});

Deno.test("job: at most 48 hours are caught up, and it says so", async () => {
  using kv = await Deno.openKv(":memory:");
  await runHourlyJob(options(kv, []));
  const notes: string[] = [];
  const result = await runHourlyJob({
    ...options(kv, [], NOON + 60 * HOUR),
    log: (message) => notes.push(message),
  });
  assertEquals([result.hours.length, result.skipped], [48, 12]);
  assertEquals(notes.length, 1);
  assertEquals(result.hours.at(-1), NOON + 59 * HOUR);
});

Deno.test("job: a clock set back neither judges twice nor stops the job for good", async () => {
  using kv = await Deno.openKv(":memory:");
  await runHourlyJob(options(kv, []));
  const back = await runHourlyJob(options(kv, [], NOON - HOUR));
  assertEquals(back.hours, []);
  const farBack = await runHourlyJob(options(kv, [], NOON - 1_000 * HOUR));
  assertEquals(farBack.hours, [NOON - 1_001 * HOUR]);
});

Deno.test("job: two processes at once find everything once", async () => {
  await using temp = await tempKv();
  using other = await Deno.openKv(temp.path);
  const records = Array.from(
    { length: 150 },
    (_, n) => inHour(1, 101, { ip_address: `192.0.2.${n}` }),
  ).flat();
  const runs = await Promise.all([
    runHourlyJob(options(temp.kv, records)),
    runHourlyJob(options(other, records)),
  ]);
  const judged = runs.filter(({ hours }) => hours.length > 0);
  assertEquals(judged.length, 1);
  assertEquals(judged[0]!.raised, 150);
  assertEquals((await allFindings(temp.kv)).length, 150);
  assertEquals((await temp.kv.get(keys.lease("detect"))).value, null);
});

Deno.test("job: killed at any commit, the next run ends where an unhurt one does", async () => {
  const records = [
    ...Array.from(
      { length: 200 },
      (_, n) => inHour(n % 3, 101, { ip_address: `192.0.2.${n}` }),
    ).flat(),
    ...inHour(1, 3, { path: "/login" }),
  ];
  const now = NOON + HOUR;
  using unhurt = await Deno.openKv(":memory:");
  await unhurt.set(keys.watermark("detect"), HOUR_START);
  await runHourlyJob(options(unhurt, records, now));
  const expected = await allFindings(unhurt);
  assertEquals(expected.length, 201);

  let killed = 0;
  for (let n = 1; n < 20; n++) {
    using kv = await Deno.openKv(":memory:");
    await kv.set(keys.watermark("detect"), HOUR_START);
    try {
      await runHourlyJob(options(killedAt(kv, n), records, now));
    } catch (error) {
      assertEquals((error as Error).message, "killed");
      killed++;
    }
    // The dead process's lease has to expire first.
    const later = now + 10 * 60_000;
    await runHourlyJob(options(kv, records, later));
    assertEquals(await allFindings(kv), expected, `killed at commit ${n}`);
    assertEquals((await kv.get(keys.watermark("detect"))).value, now);
  }
  assertEquals(killed >= 6, true);
});

Deno.test("job: a dead process's lease holds the job up for five minutes, not longer", async () => {
  using kv = await Deno.openKv(":memory:");
  const records = inHour(1, 101);
  await assertRejects(
    () => runHourlyJob(options(killedAt(kv, 2), records)),
    Error,
    "killed",
  );
  const soon = await runHourlyJob(options(kv, records, NOON + 299_999));
  assertEquals([soon.ran, soon.flagged], [false, 0]);
  const then = await runHourlyJob(options(kv, records, NOON + 300_000));
  assertEquals([then.ran, then.flagged], [true, 1]);
});

Deno.test("job: woken a moment early it judges the hour that is about to end", async () => {
  using kv = await Deno.openKv(":memory:");
  const setup = options(kv, inHour(1, 101), NOON - 20);
  const result = await runHourlyJob({ ...setup, settleMs: 30 });
  assertEquals(result.hours, [NOON - HOUR]);
  assertEquals(result.flagged, 1);
});

Deno.test("job: right after the full hour it waits for the log to settle", async () => {
  using kv = await Deno.openKv(":memory:");
  const start = performance.now();
  const setup = options(kv, [record()], NOON + 10);
  const result = await runHourlyJob({ ...setup, settleMs: 60 });
  assertEquals(performance.now() - start >= 45, true);
  assertEquals(result.hours, [NOON - HOUR]);
});
