import { HOUR, MINUTE } from "../base/duration.ts";
import { logLine } from "../base/log_line.ts";
import { refreshRanges } from "../bots/refresh_ranges.ts";
import { RunningHour } from "../detection/running_hour.ts";
import { AddressWatch } from "../doctor/doctor.ts";
import { finishErasures } from "../erasure/erasure.ts";
import { traceStore } from "../erasure/trace_store.ts";
import { refreshSafeHosts, RESOLVE_EVERY_MS } from "../lists/safe_hosts.ts";
import { refreshDue } from "../feeds/refresh.ts";
import { BUSY_MINUTE, isBusy } from "./is_busy.ts";
import { type Job, JobRunner } from "./job_runner.ts";
import type { JobThread } from "./job_thread.ts";
import { logJobs } from "./log_jobs.ts";
import type { Services } from "./services.ts";

/** The jobs of a process. */
export interface Jobs {
  /** Runs what is due; resolves when it is done, or takes long. */
  run(): Promise<void>;
  /** Ends the thread that they may have. */
  close(): Promise<void>;
}

/** Options of {@linkcode createJobs}. */
export interface CreateJobsOptions {
  signal?: AbortSignal;
  /** Runs the jobs that read the log while traffic is high. @default none */
  thread?: JobThread;
}

/**
 * Runs the jobs that are due; every process does, and a lease in KV ensures that one does the work.
 * Jobs that read the log run outside of the serving thread while the site is busy.
 */
export function createJobs(
  services: Services,
  { signal, thread }: CreateJobsOptions = {},
): Jobs {
  const running = new RunningHour();
  const ours = new JobRunner(services, otherJobs(services));
  const here = new JobRunner(services, logJobs(services, { running, signal }));
  let counted = services.metrics.total;
  async function runLogJobs(): Promise<void> {
    const { total } = services.metrics;
    // What comes all of a sudden is in no rollup yet.
    const isSudden = total - counted > BUSY_MINUTE;
    counted = total;
    if (thread && !thread.isBroken && (isSudden || await isBusy(services))) {
      // The thread keeps its own counts of the hour.
      running.forget();
      if (await thread.run(services.lists.sizes)) return;
    } else await thread?.close();
    await here.run();
  }
  return {
    async run() {
      await Promise.all([ours.run(), runLogJobs()]);
    },
    close: async () => await thread?.close(),
  };
}

/** Jobs that wait for the network, or have little to do. */
function otherJobs(services: Services): Job[] {
  const addresses = new AddressWatch();
  return [
    { name: "finish erasures", run: () => erasures(services) },
    {
      name: "resolve the safelist's names",
      every: RESOLVE_EVERY_MS,
      // The cron's minute may start slightly early or late.
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
  ];
}

/**
 * Schedules `run` every minute (UTC), all jobs under one cron: each start costs where crons are
 * billed, and wakes an app that could sleep. Must be called at the top level, where Deno Deploy
 * finds it. Without `--unstable-cron` a timer is used.
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

/** Refreshes due feeds. */
export async function feeds(services: Services): Promise<void> {
  for (const { name, outcome } of await refreshDue(services.feeds())) {
    const { kind, message } = outcome;
    if (kind === "busy") continue;
    const level = kind === "failed" || kind === "held" ? "warn" : "info";
    logLine(level, "sys_feed", { name, result: kind, message });
  }
}

/** Resolves the host names on the safelist. */
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

/** Fetches the published ranges of crawlers once a day. */
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

/** Continues erasures that a request, a command or a killed process left unfinished. */
export async function erasures(services: Services): Promise<void> {
  await services.log.flush();
  const done = await finishErasures(traceStore(services));
  if (done > 0) logLine("info", "sys_erase", { done });
}
