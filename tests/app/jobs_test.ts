import { assertEquals } from "@std/assert";
import { createJobs } from "../../lib/app/jobs.ts";
import { JobThread } from "../../lib/app/job_thread.ts";
import { BUSY_MINUTE } from "../../lib/app/is_busy.ts";
import { openServices } from "../../lib/app/services.ts";
import { HOUR, MINUTE } from "../../lib/base/duration.ts";
import { rollUp } from "../../lib/log/rollup/roller.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { keys } from "../../lib/store/keys.ts";
import { HOUR_START, record } from "../detection/records.ts";
import { store } from "../log/_records.ts";

Deno.test("The jobs that read the log are in a thread while the site is busy, here while it is not or where no thread lives", async () => {
  using kv = await Deno.openKv(":memory:");
  let at = HOUR_START + 30 * MINUTE;
  const now = () => at;
  const config = parseConfig({ KV_PATH: ":memory:", GEO_PROVIDER: "off" });
  const services = await openServices({
    ...{ config, kv, now },
    fetchList: () => Promise.reject(new Error("no network here")),
  });
  const calls: string[] = [];
  let lives = true;
  class Thread extends JobThread {
    override run() {
      calls.push("run");
      return Promise.resolve(lives);
    }
    override close() {
      calls.push("close");
      return Promise.resolve();
    }
  }
  const thread = new Thread({
    ...{ config, built: new URL("none:"), applyLocal: () => {} },
  });
  const jobs = createJobs(services, { signal: AbortSignal.abort(), thread });
  const run = async () => {
    await jobs.run();
    // Only jobs that run here count.
    const ranHere = await kv.get(keys.jobRun("watch for attacks"));
    await kv.delete(keys.jobRun("watch for attacks"));
    return [...calls.splice(0), ...ranHere.value === null ? [] : ["here"]];
  };
  try {
    assertEquals(await run(), ["close", "here"]);
    const one = record({ timestamp: at });
    const come = (many: number) => {
      for (let i = 0; i < many; i++) services.metrics.count(one);
    };
    come(BUSY_MINUTE);
    assertEquals(await run(), ["close", "here"]);
    // In no rollup yet.
    come(BUSY_MINUTE + 1);
    assertEquals(await run(), ["run"]);
    assertEquals(await run(), ["close", "here"]);
    await store(kv, now, Array.from({ length: BUSY_MINUTE + 1 }, () => one));
    at += 2 * MINUTE;
    await rollUp({ kv, now });
    assertEquals(await run(), ["run"]);
    lives = false;
    assertEquals(await run(), ["run", "here"]);
    lives = true;
    assertEquals(await run(), ["run"]);
    at = HOUR_START + 2 * HOUR;
    assertEquals(await run(), ["close", "here"]);
    await jobs.close();
    assertEquals(calls, ["close"]);
  } finally {
    await services.close();
  }
});
