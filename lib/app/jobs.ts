import { HOUR, MINUTE } from "../base/duration.ts";
import {
  isHourlyJobDue,
  runHourlyJob,
  runLightPass,
} from "../detection/job.ts";
import { refreshRanges } from "../bots/refresh_ranges.ts";
import { RunningHour } from "../detection/running_hour.ts";
import { AddressWatch } from "../doctor/doctor.ts";
import { finishErasures } from "../erasure/erasure.ts";
import { traceStore } from "../erasure/trace_store.ts";
import { refreshSnapshot } from "../lists/access_snapshot.ts";
import { refreshSafeHosts, RESOLVE_EVERY_MS } from "../lists/safe_hosts.ts";
import { refreshDue } from "../feeds/refresh.ts";
import { FollowUp } from "./follow_up.ts";
import { JobRunner } from "./job_runner.ts";
import { logLine } from "../base/log_line.ts";
import { rollUp } from "../log/rollup/roller.ts";
import { keys } from "../store/keys.ts";
import { sweep } from "../retention/sweep.ts";
import type { Services } from "./services.ts";

/** Runs the jobs that are due; each process does, and a lease in KV sees to it that one does the work. */
export function createJobs(
  services: Services,
  { signal }: { signal?: AbortSignal } = {},
): JobRunner {
  const running = new RunningHour();
  let watchedAt = services.now();
  const watchNow = () => {
    watchedAt = services.now();
    return watch(services, running);
  };
  const followUp = new FollowUp({
    signal,
    run: async () =>
      await hasRecordsSince(services.kv, watchedAt) ? await watchNow() : 0,
  });
  const addresses = new AddressWatch();
  return new JobRunner(services, [
    {
      name: "detect anomalies",
      every: HOUR,
      // Until it has succeeded, every minute.
      isDue: (last) =>
        last === null || isHourlyJobDue({ ...services, graceMs: 0 }),
      run: () => hourly(services, running),
    },
    {
      name: "watch for attacks",
      run: async () => followUp.begin(await watchNow()),
    },
    { name: "roll up the request log", run: () => count(services) },
    { name: "snapshot the lists", run: () => copyLists(services) },
    { name: "sweep expired entries", run: () => tidy(services) },
    { name: "finish erasures", run: () => erasures(services) },
    {
      name: "resolve the safelist's names",
      every: RESOLVE_EVERY_MS,
      // The minute that it is due in begins a little early or late.
      isDue: (last) =>
        last === null || last.error !== null ||
        services.now() - last.at >= RESOLVE_EVERY_MS - MINUTE / 2,
      run: () => safeHosts(services),
    },
    { name: "refresh feeds", run: () => feeds(services) },
    {
      name: "refresh ranges of crawlers",
      every: 6 * HOUR,
      run: () => crawlers(services),
    },
    {
      name: "look for an unconfigured proxy",
      every: HOUR,
      run: () => addresses.look(services),
    },
  ]);
}

/**
 * Has `run` called each minute (UTC), all jobs under one schedule: each start costs where crons are
 * billed, and wakes an app that could sleep. To be called at the top level, where Deno Deploy looks.
 * Without `--unstable-cron` a timer does it.
 */
export function everyMinute(
  run: () => Promise<void>,
  { name = "jobs", signal }: { name?: string; signal?: AbortSignal } = {},
): void {
  if (typeof Deno.cron === "function") {
    Deno.cron(name, "* * * * *", { backoffSchedule: [], signal }, run);
    return;
  }
  const timer = setInterval(() => void run(), MINUTE);
  Deno.unrefTimer(timer);
  signal?.addEventListener("abort", () => clearInterval(timer));
}

/** Judges the hours that have ended. */
export async function hourly(
  services: Services,
  running?: RunningHour,
): Promise<void> {
  const result = await runHourlyJob({
    ...await services.jobOptions(),
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
 * Judges the hour that runs; answers with how long it took in milliseconds, null where another
 * process does it.
 */
export async function watch(
  services: Services,
  running?: RunningHour,
): Promise<number | null> {
  const { ran, raised, examined, took_ms } = await runLightPass(
    await services.jobOptions(),
    running,
  );
  if (raised > 0) {
    logLine("info", "sys_detect_light", { examined, raised, took_ms });
  }
  return ran ? took_ms : null;
}

/** Counts what was logged into rollups, which the dashboard reads. */
export async function count(services: Services): Promise<void> {
  await rollUp(services);
}

/** Keeps the copy of long lists up to date that a process starts from. */
export async function copyLists(services: Services): Promise<void> {
  const { blocked, safe } = services.lists.sizes;
  await refreshSnapshot({ ...services, entries: blocked + safe });
}

/** Does a part of the sweep, and says so where it took something away. */
export async function tidy(services: Services): Promise<void> {
  const { isDone, examined, removed, changed } = await sweep({
    ...services,
    logRetention: services.config.logRetention,
  });
  if (removed + changed === 0) return;
  logLine("info", "sys_sweep", { examined, removed, changed, done: isDone });
}

/** Fetches the lists of addresses that are due. */
export async function feeds(services: Services): Promise<void> {
  for (const { name, outcome } of await refreshDue(services.feeds())) {
    const { kind, message } = outcome;
    if (kind === "busy") continue;
    const level = kind === "failed" || kind === "held" ? "warn" : "info";
    logLine(level, "sys_feed", { name, result: kind, message });
  }
}

/** Asks what the names on the safelist resolve to now. */
export async function safeHosts(services: Services): Promise<void> {
  const { hosts, changes } = await refreshSafeHosts(services);
  services.lists.applyLocal(changes);
  for (const { host, addresses, isChanged, error } of hosts) {
    if (error !== null) {
      logLine("warn", "sys_safe_host", { host, message: error });
    } else if (isChanged) {
      logLine("info", "sys_safe_host", { host, addresses: addresses.join() });
    }
  }
}

/** Fetches the ranges that crawlers' operators publish, where they are a day old. */
export async function crawlers(services: Services): Promise<void> {
  const { kv, now, crawlerRanges, fetchPublished } = services;
  const done = await refreshRanges({
    ...{ kv, now, ranges: crawlerRanges },
    fetch: fetchPublished,
  });
  for (const { crawler, outcome } of done) {
    const failed = typeof outcome === "string";
    logLine(failed ? "warn" : "info", "sys_crawler_ranges", {
      crawler,
      ...(failed ? { message: outcome } : { ranges: outcome }),
    });
  }
}

/** Goes on with erasures that a request, a command or a dead process has left. */
export async function erasures(services: Services): Promise<void> {
  await services.log.flush();
  const done = await finishErasures(traceStore(services));
  if (done > 0) logLine("info", "sys_erase", { done });
}
