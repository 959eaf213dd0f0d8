import { assert, assertEquals } from "@std/assert";
import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { JobThread, threadFor } from "../../lib/app/job_thread.ts";
import { JobRunner } from "../../lib/app/job_runner.ts";
import { logJobs } from "../../lib/app/log_jobs.ts";
import { RunningHour } from "../../lib/detection/running_hour.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import { listFindings } from "../../lib/detection/findings.ts";
import { keys } from "../../lib/store/keys.ts";
import type { AccessChange } from "../../lib/lists/access_entry.ts";
import type { Rollup } from "../../lib/log/rollup/rollup.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { fullAddresses } from "../../lib/privacy/address_storage.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { HOUR_START, record, tempKv } from "../detection/records.ts";
import { store } from "../log/_records.ts";
import { waitFor } from "../_wait.ts";

const SIZES = { blocked: 0, safe: 0 };
/** A folder without a build. */
const NO_BUILD = new URL("none:");

/** An hour with several kinds of attacks: its part between two minutes. */
function attacks(from: number, to: number): RequestRecord[] {
  const records: RequestRecord[] = [];
  for (let minute = from; minute < to; minute += 0.1) {
    const timestamp = HOUR_START + Math.floor(minute * MINUTE);
    const add = (fields: Partial<RequestRecord>) =>
      records.push(record({ timestamp, ...fields }));
    add({ ip_address: "198.51.100.1", path: `/page-${minute}` });
    add({ ip_address: "203.0.113.2", path: `/x${minute}`, status: 404 });
    add({ ip_address: "203.0.113.4", path: "/.env", status: 404 });
    add({
      ...{ ip_address: "203.0.113.3", path: "/login", method: "POST" },
      ...{ status: 401, user_agent: "sqlmap/1.7" },
    });
  }
  return records;
}

/** A store in a file, and the jobs on it, in a thread or here. */
async function site() {
  const temp = await tempKv();
  const config = parseConfig({
    ...{ KV_PATH: temp.path, GEO_PROVIDER: "off", AUTO_BLOCK: "on" },
    SUSPICIOUS_REQUEST_THRESHOLD: "100",
  });
  const { kv } = temp;
  const changes: AccessChange[] = [];
  return {
    ...{ kv, config, changes },
    thread: (at: () => number, start?: () => Worker) =>
      new JobThread({
        ...{ config, start, built: NO_BUILD, aheadMs: () => at() - Date.now() },
        applyLocal: (some) => void changes.push(...some),
      }),
    here(now: () => number, running: RunningHour) {
      const setup = { kv, now, config, onNews: () => {} };
      return new JobRunner(
        { kv, now },
        logJobs({
          ...{ kv, now, config, addresses: fullAddresses },
          lists: { sizes: SIZES },
          jobOptions: () =>
            jobOptions({
              ...setup,
              applyLocal: (some) => void changes.push(...some),
            }),
        }, { running, signal: AbortSignal.abort() }),
      );
    },
    /** Findings and the addresses that they blocked; without times of the run. */
    async found() {
      const { items } = await listFindings(kv, {
        limit: 500,
        now: HOUR_START + HOUR,
      });
      return {
        findings: items.map((finding) => ({
          ...finding,
          ...{ flagged_at: 0, updated_at: 0, expires_at: 0 },
        })).sort((a, b) => a.id < b.id ? -1 : 1),
        blocked: changes.flatMap(({ put }) =>
          put.map(({ entry }) => entry.ip_address)
        ).sort(),
      };
    },
    /** The counts of a complete hour. */
    async counted() {
      const { value } = await kv.get<Rollup>(keys.rollup("hour", HOUR_START));
      return { ...value!, expires_at: 0, expires_from: 0 };
    },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

Deno.test("Jobs in a thread, in one that dies in between, and in the serving thread find and count the same", async () => {
  await using here = await site();
  await using beside = await site();
  await using dying = await site();
  const sites = [here, beside, dying];
  const write = (from: number, to: number) =>
    Promise.all(
      sites.map(({ kv }) =>
        store(kv, () => HOUR_START + to * MINUTE, attacks(from, to))
      ),
    );
  let now = HOUR_START + 30 * MINUTE;
  const running = new RunningHour();
  const inThisThread = here.here(() => now, running);
  const thread = beside.thread(() => now);
  let worker: Worker | undefined;
  const first = dying.thread(
    () => now,
    () => worker = started(),
  );

  await write(0, 20);
  await inThisThread.run();
  assert(await thread.run(SIZES));
  assert(await first.run(SIZES));
  const half = await here.found();
  assert(half.findings.length >= 4);
  assert(half.blocked.length >= 1);
  await waitFor("changes of the lists", () => beside.changes.length > 0);
  assertEquals(await beside.found(), half);

  // Records written three minutes late or later are found only at the end of the hour.
  await write(29, 31);
  await inThisThread.run();
  assert(await thread.run(SIZES));
  // A killed thread returns nothing: its counts are lost.
  worker!.terminate();
  const second = dying.thread(() => now);
  assert(await second.run(SIZES));
  const more = await here.found();
  assert(
    more.findings.some(({ count, id }) =>
      count > half.findings.find((finding) => finding.id === id)!.count
    ),
  );
  assertEquals(await beside.found(), more);
  await waitFor("changes of the lists", async () => {
    const { blocked } = await dying.found();
    return blocked.length >= more.blocked.length;
  });
  assertEquals(await dying.found(), more);

  // The end of the hour: by counts kept here and in the thread, and by a thread that has to read it
  // all.
  await second.close();
  now = HOUR_START + HOUR + 10_000;
  assertEquals(running.has(HOUR_START), true);
  await inThisThread.run();
  const third = dying.thread(() => now);
  for (const each of [thread, third]) {
    assert(await each.run(SIZES));
    await each.close();
  }
  const mark = keys.watermark("detect");
  for (const { kv } of sites) {
    assertEquals((await kv.get(mark)).value, HOUR_START + HOUR);
  }
  const whole = await here.found();
  assertEquals(await beside.found(), whole);
  assertEquals(await dying.found(), whole);
  const counted = await here.counted();
  assertEquals(counted.through, HOUR_START + HOUR);
  assertEquals(await beside.counted(), counted);
  assertEquals(await dying.counted(), counted);
  await first.close();
});

Deno.test("A thread that dies is told and begun again; where none can be had, the jobs stay here", async () => {
  const config = parseConfig({ KV_PATH: "/nowhere/else/store.db" });
  const told: string[] = [];
  const thread = new JobThread({
    ...{ config, built: NO_BUILD, applyLocal: () => {} },
    report: (_level, event, fields) => told.push(`${event} ${fields?.error}`),
    start: () =>
      new Worker(
        new URL("data:text/javascript,throw new Error('no thread here')"),
        { type: "module" },
      ),
  });
  for (let run = 1; run <= 3; run++) {
    assertEquals(thread.isBroken, false);
    assertEquals(await thread.run(SIZES), false);
    assertEquals(told.length, run);
  }
  assertEquals(thread.isBroken, true);
  assert(told.every((line) => line.includes("no thread here")), told[0]);
});

Deno.test("Where a thread cannot even be started, that is told, and the jobs stay here", async () => {
  const told: string[] = [];
  const thread = new JobThread({
    config: parseConfig({}),
    ...{ built: NO_BUILD, applyLocal: () => {} },
    report: (_level, event, fields) => told.push(`${event} ${fields?.error}`),
    start() {
      throw new TypeError("not from there");
    },
  });
  for (let run = 1; run <= 3; run++) {
    assertEquals(thread.isBroken, false);
    assertEquals(await thread.run(SIZES), false);
    assertEquals(told.length, run);
  }
  assertEquals(thread.isBroken, true);
  assert(told.every((line) => line.includes("not from there")), told[0]);
  await thread.close();
});

Deno.test("A thread that dies between two runs ends nothing else, and the next run has another", async () => {
  const told: string[] = [];
  let starts = 0;
  const thread = new JobThread({
    config: parseConfig({}),
    ...{ built: NO_BUILD, applyLocal: () => {} },
    report: (_level, event) => told.push(event),
    start() {
      starts++;
      const code = `
        addEventListener("message", ({ data }) => {
          if (data.type !== "run") return;
          postMessage({ type: "ran" });
          setTimeout(() => { throw new Error("later"); }, 0);
        });`;
      return new Worker(
        new URL(`data:text/javascript,${encodeURIComponent(code)}`),
        { type: "module" },
      );
    },
  });
  assertEquals(await thread.run(SIZES), true);
  await waitFor("its end", () => told.length === 1);
  assertEquals(await thread.run(SIZES), true);
  assertEquals(starts, 2);
  await waitFor("its end", () => told.length === 2);
  assertEquals(told, ["sys_job_thread_died", "sys_job_thread_died"]);
});

Deno.test("No thread where it would open another store than the server's", () => {
  const lists = { applyLocal: () => {} };
  const has = (KV_PATH: string) => {
    const config = parseConfig({ KV_PATH });
    return threadFor({ config, lists }, NO_BUILD) !== undefined;
  };
  assertEquals(
    [":memory:", ":default:", "store.db", "https://kv.example/1"].map(has),
    [false, false, true, true],
  );
});

function started(): Worker {
  const url = new URL("../../lib/app/job_worker.ts", import.meta.url);
  return new Worker(url, { type: "module" });
}
