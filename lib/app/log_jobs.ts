import { HOUR } from "../base/duration.ts";
import { logLine } from "../base/log_line.ts";
import {
  isHourlyJobDue,
  type JobOptions,
  runHourlyJob,
  runLightPass,
} from "../detection/job.ts";
import { RunningHour } from "../detection/running_hour.ts";
import type { AccessLists } from "../lists/access_lists.ts";
import { refreshSnapshot } from "../lists/access_snapshot.ts";
import { rollUp } from "../log/rollup/roller.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import { sweep } from "../retention/sweep.ts";
import type { Config } from "../settings/config.ts";
import { keys } from "../store/keys.ts";
import { FollowUp } from "./follow_up.ts";
import type { Job } from "./job_runner.ts";

/** What the jobs work on whose cost grows with the traffic. */
export interface LogJobsOptions {
  kv: Deno.Kv;
  now: () => number;
  config: Pick<Config, "logRetention">;
  addresses: AddressStorage;
  lists: Pick<AccessLists, "sizes">;
  /** What every run of the rules over the request log needs. */
  jobOptions(): Promise<JobOptions>;
}

/**
 * The jobs that read the request log or a whole list: with many requests they take long, so a busy
 * server runs them in a separate thread; see {@linkcode JobThread}.
 */
export function logJobs(
  work: LogJobsOptions,
  { running = new RunningHour(), signal }: {
    running?: RunningHour;
    signal?: AbortSignal;
  } = {},
): Job[] {
  let watchedAt = work.now();
  const watchNow = () => {
    watchedAt = work.now();
    return watch(work, running);
  };
  const followUp = new FollowUp({
    signal,
    run: async () =>
      await hasRecordsSince(work.kv, watchedAt) ? await watchNow() : 0,
  });
  return [
    {
      name: "detect anomalies",
      every: HOUR,
      // Until it has succeeded, every minute.
      isDue: (last) => last === null || isHourlyJobDue({ ...work, graceMs: 0 }),
      run: () => hourly(work, running),
    },
    {
      name: "watch for attacks",
      run: async () => followUp.begin(await watchNow()),
    },
    { name: "roll up the request log", run: () => count(work) },
    { name: "snapshot the lists", run: () => copyLists(work) },
    { name: "sweep expired entries", run: () => tidy(work) },
  ];
}

/** Runs detection over the hours that have ended. */
export async function hourly(
  work: Pick<LogJobsOptions, "jobOptions">,
  running?: RunningHour,
): Promise<void> {
  const result = await runHourlyJob({
    ...await work.jobOptions(),
    running,
    log: (message) => logLine("warn", "sys_detect", { message }),
  });
  if (!result.ran) return;
  logLine("info", "sys_detect", {
    hours: result.hours.length,
    examined: result.examined,
    flagged: result.flagged,
    raised: result.raised,
    took_ms: result.took_ms,
  });
}

/** Whether anything was logged since, at the price of one read. */
async function hasRecordsSince(kv: Deno.Kv, at: number): Promise<boolean> {
  const chunks = kv.list({
    start: keys.requestLogFrom(at),
    end: keys.requestLogFrom(at + HOUR),
  }, { limit: 1 });
  return !(await chunks.next()).done;
}

/**
 * Runs detection over the current hour; resolves to how long it took in milliseconds, or null if
 * another process does it.
 */
export async function watch(
  work: Pick<LogJobsOptions, "jobOptions">,
  running?: RunningHour,
): Promise<number | null> {
  const { ran, raised, examined, took_ms } = await runLightPass(
    await work.jobOptions(),
    running,
  );
  if (raised > 0) {
    logLine("info", "sys_detect_light", { examined, raised, took_ms });
  }
  return ran ? took_ms : null;
}

/** Rolls up the request log for the dashboard. */
export async function count(
  work: Pick<LogJobsOptions, "kv" | "now">,
): Promise<void> {
  await rollUp(work);
}

/** Updates the snapshot of long lists that processes start from. */
export async function copyLists(
  { kv, now, lists }: Pick<LogJobsOptions, "kv" | "now" | "lists">,
): Promise<void> {
  const { blocked, safe } = lists.sizes;
  await refreshSnapshot({ kv, now, entries: blocked + safe });
}

/** Does a part of the sweep, and logs what it removed. */
export async function tidy(
  { kv, now, addresses, config }: Pick<
    LogJobsOptions,
    "kv" | "now" | "addresses" | "config"
  >,
): Promise<void> {
  const { isDone, examined, removed, changed } = await sweep({
    ...{ kv, now, addresses, logRetention: config.logRetention },
  });
  if (removed + changed === 0) return;
  logLine("info", "sys_sweep", { examined, removed, changed, done: isDone });
}
