import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { noteBackup } from "../../lib/backup/last.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { checkClock } from "../../lib/doctor/clock.ts";
import type { DoctorContext } from "../../lib/doctor/context.ts";
import { checkDisk } from "../../lib/doctor/disk.ts";
import { examine } from "../../lib/doctor/examine.ts";
import { checkJobs } from "../../lib/doctor/jobs.ts";
import { checkLists } from "../../lib/doctor/lists.ts";
import {
  checkBackup,
  checkSchema,
  checkWrite,
} from "../../lib/doctor/store.ts";
import { checkVersions } from "../../lib/doctor/versions.ts";
import { blockIp } from "../../lib/guard/mod.ts";
import { recordRun } from "../../lib/store/job_runs.ts";
import { keys } from "../../lib/store/keys.ts";
import { withFaults } from "../_fake_kv.ts";
import { record, store } from "../log/_records.ts";
import { startKvConnect } from "../kv_connect/server.ts";

const NOW = Date.UTC(2026, 11, 8, 12);
const DAY = 86_400_000;

function context(
  kv: Deno.Kv | null,
  more: Partial<DoctorContext> = {},
): DoctorContext {
  return {
    config: parseConfig({}),
    kv,
    now: () => NOW,
    running: null,
    geo: null,
    askJsr: null,
    clocks: { wall: () => NOW, steady: () => NOW },
    ...more,
  };
}

Deno.test("doctor: a clock before this version, behind what is stored, or one that jumped", async () => {
  using kv = await Deno.openKv(":memory:");
  const look = (at: number, steady = at) =>
    checkClock(context(kv, {
      now: () => at,
      clocks: { wall: () => at, steady: () => steady },
    }));
  assertEquals((await look(NOW)).level, "ok");
  assertEquals((await look(Date.UTC(2020, 0, 1))).level, "warn");
  await store(kv, () => NOW, [record({ timestamp: NOW })]);
  assertEquals((await look(NOW - 59_000)).level, "ok");
  const back = await look(NOW - 181_000);
  assertEquals(back.level, "bad");
  assertStringIncludes(back.detail, "2026-12-08T12:00:");
  assert(back.fix);
  for (const [jump, word] of [[6_000, "ahead"], [-6_000, "back"]] as const) {
    const check = await look(NOW, NOW - jump);
    assertEquals(check.level, "warn");
    assertStringIncludes(check.detail, `jumped ${word} by 6 s`);
  }
  assertEquals((await look(NOW, NOW - 4_000)).level, "ok");
});

Deno.test("doctor: a clock that is not the KV server's", async () => {
  await using server = startKvConnect();
  const config = parseConfig({ KV_PATH: server.url });
  const look = (off: number) => {
    const wall = () => Date.now() + off;
    return checkClock(
      context(null, { config, clocks: { wall, steady: wall } }),
    );
  };
  const same = await look(0);
  assertEquals(same.level, "ok");
  assertStringIncludes(same.detail, "KV server agrees");
  for (
    const [off, says] of [[60_000, "ahead of"], [-60_000, "behind"]] as const
  ) {
    const check = await look(off);
    assertEquals(check.level, "warn");
    assertStringIncludes(check.detail, `${says} that of the KV server`);
  }
});

Deno.test("doctor: how much of the disk is left", async () => {
  const path = await Deno.makeTempDir();
  const config = parseConfig({ KV_PATH: `${path}/kv.db` });
  await Deno.writeFile(`${path}/kv.db`, new Uint8Array(2_000_000));
  const GB = 1_000_000_000;
  const rows: [number | null, string][] = [
    [50 * GB, "ok"],
    [0.9 * GB, "warn"],
    [0.09 * GB, "bad"],
    [null, "ok"],
  ];
  for (const [free, level] of rows) {
    const disk = free === null ? null : { free, size: 100 * GB };
    const check = await checkDisk({ config }, () => Promise.resolve(disk));
    assertEquals(check?.level, level, `${free}`);
    assertStringIncludes(check!.detail, "2.0 MB");
    assertEquals(check!.fix !== undefined, level !== "ok");
  }
  const real = await checkDisk({ config });
  assertStringIncludes(real!.detail, "free");
  const memory = { config: parseConfig({ KV_PATH: ":memory:" }) };
  assertEquals(await checkDisk(memory), null);
  await Deno.remove(path, { recursive: true });
});

Deno.test("doctor: a store that cannot be written, one that can and is left as it was", async () => {
  using kv = await Deno.openKv(":memory:");
  assertEquals((await checkWrite(context(kv)))?.level, "ok");
  assertEquals(await Array.fromAsync(kv.list({ prefix: [] })), []);
  const broken = new Proxy(kv, {
    get() {
      return () => {
        throw new Error("attempt to write a readonly database");
      };
    },
  });
  const check = await checkWrite(context(broken));
  assertEquals(check?.level, "bad");
  assertStringIncludes(check!.detail, "readonly");
  assert(check!.fix);
});

Deno.test("doctor: the store's version, older and newer", async () => {
  using kv = await Deno.openKv(":memory:");
  for (const [version, level] of [[null, "ok"], [0, "warn"], [99, "bad"]]) {
    if (version !== null) await kv.set(keys.schemaVersion(), version);
    assertEquals((await checkSchema(context(kv)))?.level, level);
  }
});

Deno.test("doctor: jobs that ran, failed, or have not for too long", async () => {
  using kv = await Deno.openKv(":memory:");
  const ran = (job: string, every_ms: number, error: string | null = null) =>
    recordRun(kv, { job, every_ms, at: NOW, took_ms: 0, error });
  const look = (now: number) => checkJobs(context(kv, { now: () => now }));
  assertEquals((await look(NOW)).map(({ level }) => level), ["ok"]);
  await ran("count", 60_000);
  await ran("detect", 3_600_000);
  const [fine, ...more] = await look(NOW + 1_000);
  assertEquals([fine!.level, more.length], ["ok", 0]);
  assertStringIncludes(fine!.detail, "count 1 s ago (0 ms), detect 1 s ago");

  const late = await look(NOW + 3_600_000);
  assertEquals(late.map(({ level, title }) => [level, title]), [
    ["warn", "Job: count"],
    ["ok", "Jobs"],
  ]);
  assertEquals(late[0]!.fix, "deno task start");

  await ran("detect", 3_600_000, "no such rule");
  const failed = (await look(NOW)).find(({ level }) => level === "bad");
  assertEquals(failed?.title, "Job: detect");
  assertStringIncludes(failed!.detail, "no such rule");

  await kv.set(keys.rollupMark(NOW), 1);
  const lag = (await look(NOW + 660_000))
    .find(({ title }) => title === "Counting");
  assertEquals(lag?.level, "warn");
  assertEquals((await look(NOW + 31 * DAY)).length, 2, "forgotten jobs");
});

Deno.test("doctor: how many are on the lists, when that changed, and how fresh a server's copy is", async () => {
  using kv = await Deno.openKv(":memory:");
  const look = (
    lists?: Partial<NonNullable<DoctorContext["running"]>["lists"]>,
  ) =>
    checkLists(context(kv, {
      now: () => NOW + 90_000,
      running: lists === undefined ? null : {
        log: {} as NonNullable<DoctorContext["running"]>["log"],
        lists: {
          stale: false,
          sizes: { blocked: 1, safe: 0 },
          lookedAt: NOW + 89_900,
          error: null,
          ...lists,
        },
      },
    }));
  assertStringIncludes((await look())!.detail, "never changed");
  await blockIp(kv, () => NOW, { ip: "203.0.113.9", created_by: "test" });
  assertStringIncludes(
    (await look())!.detail,
    "1 blocked, 0 on the safelist; last changed 1 min 30 s ago.",
  );
  assertStringIncludes((await look({}))!.detail, "Seen 100 ms ago.");
  assertEquals((await look({ lookedAt: NOW }))?.level, "warn");
  const stale = await look({ stale: true, lookedAt: NOW, error: "locked" });
  assertEquals(stale?.level, "bad");
  assertStringIncludes(stale!.detail, "1 min 30 s old; KV failed: locked");
});

Deno.test("doctor: Deno that is too old, or older than what is tested", () => {
  for (
    const [deno, level] of [
      ["1.46.3", "bad"],
      ["2.4.9", "bad"],
      ["2.5.0", "warn"],
      ["2.9.6", "ok"],
      ["3.0.0-rc.1", "ok"],
    ]
  ) assertEquals(checkVersions({ deno }).level, level, deno);
  assertStringIncludes(checkVersions().detail, `Deno ${Deno.version.deno}`);
});

Deno.test("doctor: a backup that is a month old is worth a word", async () => {
  using kv = await Deno.openKv(":memory:");
  const look = () => checkBackup(context(kv));
  assertEquals((await look())?.level, "ok");
  await noteBackup(kv, () => NOW - 2 * DAY);
  assertStringIncludes((await look())!.detail, "2 d ago");
  await noteBackup(kv, () => NOW - 31 * DAY);
  assertEquals((await look())?.fix, "deno task backup <file>");
});

Deno.test("doctor: a store that fails is told once, and what needs no store is still looked at", async () => {
  using kv = await Deno.openKv(":memory:");
  const broken = withFaults(kv, {
    get: () => Promise.reject(new Error("disk I/O error")),
  });
  const checks = await examine({ config: parseConfig({}), kv: broken });
  assertEquals(checks.filter(({ level }) => level === "bad"), [
    { level: "bad", title: "KV answers", detail: "disk I/O error" },
  ]);
  assert(checks.some(({ title }) => title === "Versions"));
});

Deno.test("doctor: every line has a title of its own", async () => {
  using kv = await Deno.openKv(":memory:");
  const checks = await examine({ config: parseConfig({}), kv });
  const titles = checks.map(({ title }) => title);
  assertEquals(new Set(titles).size, titles.length, titles.join(", "));
  assert(titles.length >= 14);
  assertEquals(checks.filter(({ level }) => level === "bad"), []);
});
