import {
  isHourlyJobDue,
  runHourlyJob,
  runLightPass,
} from "./lib/detection/job.ts";
import { refreshRanges } from "./lib/bots/refresh_ranges.ts";
import { AddressWatch } from "./lib/doctor/doctor.ts";
import { finishErasures } from "./lib/erasure/erasure.ts";
import { traceStore } from "./lib/erasure/trace_store.ts";
import { refreshSnapshot } from "./lib/lists/access_snapshot.ts";
import { refreshDue } from "./lib/feeds/refresh.ts";
import { recorded } from "./lib/store/job_runs.ts";
import { logLine } from "./lib/base/log_line.ts";
import { rollUp } from "./lib/log/rollup/roller.ts";
import { sweep } from "./lib/retention/sweep.ts";
import type { Services } from "./lib/app/services.ts";

/** A failed run is tried again after these times, in milliseconds. */
const BACKOFF = [10_000, 60_000, 300_000];

/** The hourly job has so long, in milliseconds, before the light pass takes it over. */
const GRACE_MS = 3 * 60_000;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Registers the jobs. Every process does; a lease in KV sees to it that one of them runs a job.
 * Times are UTC.
 */
export function registerCrons(services: Services): void {
  const register = (
    name: string,
    schedule: string,
    every: number,
    run: () => Promise<void>,
    // The next minute's run is the better retry.
    backoffSchedule: number[] = [],
  ) =>
    Deno.cron(
      name,
      schedule,
      { backoffSchedule },
      () => recorded(services, name, every, run),
    );
  const minutely = (name: string, run: () => Promise<void>) =>
    register(name, "* * * * *", MINUTE, run);

  register(
    "detect anomalies",
    "0 * * * *",
    HOUR,
    () => hourly(services),
    BACKOFF,
  );
  minutely("watch for attacks", () => watch(services));
  minutely("count the request log", () => count(services));
  minutely("copy the lists", () => copyLists(services));
  minutely("take away what has ended", () => tidy(services));
  minutely("finish erasures", () => erasures(services));
  minutely("refresh feeds", () => feeds(services));
  register(
    "refresh ranges of crawlers",
    "17 */6 * * *",
    6 * HOUR,
    () => crawlers(services),
  );
  const addresses = new AddressWatch();
  register(
    "watch for a hidden proxy",
    "30 * * * *",
    HOUR,
    () => addresses.look(services),
  );
}

/** Judges the hours that have ended. */
export async function hourly(services: Services): Promise<void> {
  const result = await runHourlyJob({
    ...await services.jobOptions(),
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

/** Judges the hour that runs; and those before, where the process that should have died. */
export async function watch(services: Services): Promise<void> {
  if (await isHourlyJobDue({ ...services, graceMs: GRACE_MS })) {
    await hourly(services);
  }
  const { raised, examined, took_ms } = await runLightPass(
    await services.jobOptions(),
  );
  if (raised > 0) {
    logLine("info", "sys_detect_light", { examined, raised, took_ms });
  }
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
