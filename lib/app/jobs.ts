import { HOUR, MINUTE } from "../base/duration.ts";
import { logLine } from "../base/log_line.ts";
import { refreshRanges } from "../bots/refresh_ranges.ts";
import { RunningHour } from "../detection/running_hour.ts";
import { AddressWatch } from "../doctor/doctor.ts";
import { finishErasures } from "../erasure/erasure.ts";
import { traceStore } from "../erasure/trace_store.ts";
import { refreshSafeHosts, RESOLVE_EVERY_MS } from "../lists/safe_hosts.ts";
import { refreshDue } from "../feeds/refresh.ts";
import { isBusy } from "./is_busy.ts";
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

/** What {@linkcode createJobs} can be told. */
export interface CreateJobsOptions {
  signal?: AbortSignal;
  /** Takes the jobs that read the log while there is much of it. @default none */
  thread?: JobThread;
}

/**
 * Runs the jobs that are due; each process does, and a lease in KV sees to it that one does the work.
 * What reads the log leaves the serving thread while the site is busy.
 */
export function createJobs(
  services: Services,
  { signal, thread }: CreateJobsOptions = {},
): Jobs {
  const running = new RunningHour();
  const ours = new JobRunner(services, otherJobs(services));
  const here = new JobRunner(services, logJobs(services, { running, signal }));
  async function runLogJobs(): Promise<void> {
    if (thread && !thread.isBroken && await isBusy(services)) {
      // The thread counts the hour for itself.
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

/** The jobs that wait for the network, or have little to do. */
function otherJobs(services: Services): Job[] {
  const addresses = new AddressWatch();
  return [
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
  ];
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
