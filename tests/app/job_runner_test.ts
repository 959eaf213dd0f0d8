import { assertEquals } from "@std/assert";
import { type Job, JobRunner } from "../../lib/app/job_runner.ts";
import { readJobRuns } from "../../lib/store/job_runs.ts";
import { withFaults } from "../_fake_kv.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function setting(kv: Deno.Kv) {
  const clock = { now: Date.UTC(2026, 0, 5, 12, 17) };
  const ran: string[] = [];
  const told: string[] = [];
  const job = (name: string, more: Partial<Job> = {}): Job => ({
    name,
    run: () => Promise.resolve(void ran.push(name)),
    ...more,
  });
  const runner = (...jobs: Job[]) =>
    new JobRunner({
      kv,
      now: () => clock.now,
      report: (_level, event, fields) => told.push(`${event} ${fields?.job}`),
    }, jobs);
  return { clock, ran, told, job, runner };
}

Deno.test("jobs: of every minute run each time, of every hour once in one, whichever process had it", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, ran, job, runner } = setting(kv);
  const jobs = [job("minutely"), job("hourly", { every: HOUR })];
  const processes = [runner(...jobs), runner(...jobs)];
  for (let minute = 0; minute <= 120; minute++) {
    await processes[minute % 2]!.run();
    clock.now += MINUTE;
  }
  assertEquals(ran.filter((name) => name === "minutely").length, 121);
  assertEquals(ran.filter((name) => name === "hourly").length, 3);
});

Deno.test("jobs: one that fails is told and tried again, and keeps none of the others", async () => {
  using kv = await Deno.openKv(":memory:");
  const { clock, ran, told, job, runner } = setting(kv);
  let broken = true;
  const jobs = runner(
    job("hourly", {
      every: HOUR,
      run() {
        if (broken) throw new Error("no such rule");
        ran.push("hourly");
        return Promise.resolve();
      },
    }),
    job("other"),
  );
  await jobs.run();
  assertEquals([ran, told], [["other"], ["sys_job_fail hourly"]]);
  const errors = async () =>
    (await readJobRuns(kv, clock.now)).map(({ job, error }) => [job, error]);
  assertEquals(await errors(), [["hourly", "no such rule"], ["other", null]]);
  broken = false;
  clock.now += MINUTE;
  await jobs.run();
  assertEquals(ran.sort(), ["hourly", "other", "other"]);
  assertEquals(await errors(), [["hourly", null], ["other", null]]);
});

Deno.test("jobs: one that takes long is not begun twice, and nobody waits for it", async () => {
  using kv = await Deno.openKv(":memory:");
  const { ran, job, runner } = setting(kv);
  const long = Promise.withResolvers<void>();
  let begun = 0;
  const jobs = runner(
    job("long", { run: () => (begun++, long.promise) }),
    job("short"),
  );
  await jobs.run(5);
  assertEquals(await jobs.idle(5), false);
  await jobs.run(5);
  assertEquals([begun, ran], [1, ["short", "short"]]);
  long.resolve();
  await jobs.run();
  assertEquals([begun, ran.length], [1, 3]);
  await jobs.run();
  assertEquals([begun, ran.length], [2, 4]);
  assertEquals(await jobs.idle(60_000), true);
});

Deno.test("jobs: what goes on as it did costs a write every three minutes, not each", async () => {
  using real = await Deno.openKv(":memory:");
  let writes = 0;
  const { clock, job } = setting(real);
  const kv = withFaults(real, {
    set: (key: Deno.KvKey, value: unknown, options?: { expireIn?: number }) => {
      writes++;
      return real.set(key, value, options);
    },
  });
  const jobs = new JobRunner({ kv, now: () => clock.now }, [
    job("a"),
    job("b"),
  ]);
  for (let minute = 0; minute < 30; minute++) {
    await jobs.run();
    clock.now += MINUTE;
  }
  assertEquals(writes, 2 * 10);
});

Deno.test("jobs: run where the store does not answer, too, as each finds out for itself", async () => {
  using real = await Deno.openKv(":memory:");
  const { ran, job } = setting(real);
  const failing = () => Promise.reject(new Error("disk I/O error"));
  const kv = withFaults(real, {
    set: failing,
    list: () => {
      throw new Error("disk I/O error");
    },
  });
  await new JobRunner({ kv, now: Date.now }, [job("a")]).run();
  assertEquals(ran, ["a"]);
});
