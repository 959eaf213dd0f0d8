/**
 * The thread in which a busy server runs the jobs that read its log. It opens the store by the same
 * path, has the permissions of the process, and may die at any moment: the next one repeats what it
 * had not finished.
 *
 * @module
 */
import { openAlerts } from "../alerts/alerts.ts";
import { delay } from "../base/delay.ts";
import { logLine, setLog } from "../base/log_line.ts";
import { CrawlerRanges } from "../bots/crawler_ranges.ts";
import { systemResolver } from "../bots/resolver.ts";
import { crawlerVerifier } from "../bots/verify.ts";
import { logFindings } from "../detection/finding_log.ts";
import { jobOptions, type JobSetup } from "../detection/job_options.ts";
import { RunningHour } from "../detection/running_hour.ts";
import { openAddressStorage } from "../privacy/address_storage.ts";
import { openKv } from "../store/open.ts";
import type { FromThread, ThreadData, ToThread } from "./job_messages.ts";
import { JobRunner } from "./job_runner.ts";
import { logJobs } from "./log_jobs.ts";
import { operatorsFor } from "./operators.ts";

/** How long running jobs may take on shutdown. */
const GRACE_MS = 1_000;

/** A thread has what a port has; the types are those of the main one. */
const port = globalThis as unknown as MessagePort;
let aheadMs = 0;
const now = () => Date.now() + aheadMs;
const say = (message: FromThread) => port.postMessage(message);
const ending = new AbortController();
const running = new RunningHour();
const lists = { sizes: { blocked: 0, safe: 0 } };

let opening: ReturnType<typeof open>;

port.addEventListener("message", async ({ data: message }: ToThreadEvent) => {
  if (message.type === "open") {
    opening = open(message.data);
    // The caller of the first run receives the error.
    opening.catch(() => {});
    return;
  }
  if (message.type === "run") aheadMs = message.aheadMs;
  const { runner, close } = await opening;
  if (message.type === "run") {
    lists.sizes = message.sizes;
    await runner.run();
    say({ type: "ran" });
    return;
  }
  ending.abort();
  // Jobs still running then end with the thread, as if killed.
  if (await isIdle(runner)) await close();
  say({ type: "closed" });
});

/** Whether all jobs have ended within the time limit. */
async function isIdle(runner: JobRunner): Promise<boolean> {
  const end = performance.now() + GRACE_MS;
  if (!await runner.idle(GRACE_MS)) return false;
  while (running.isJudging && performance.now() < end) await delay(20);
  return !running.isJudging;
}

type ToThreadEvent = MessageEvent<ToThread>;

async function open({ config, built }: ThreadData) {
  const kv = await openKv(config.kvPath);
  const addresses = await openAddressStorage(kv, config.privacyIp, now);
  setLog({ format: config.logFormat, storeAddress: addresses.stored });
  // The server delivers alerts.
  const alerts = openAlerts({ config, kv, now, pollMs: null });
  const ranges = new CrawlerRanges({ now });
  const operators = operatorsFor(config, new URL(built));
  await Promise.all([ranges.load(kv), operators.ready()]);
  const setup: JobSetup = {
    ...{ kv, now, config, addresses },
    crawlers: crawlerVerifier({
      ...{ resolver: systemResolver, now, kv, ranges },
      nameOf: (ip) => addresses.nameOf("crawler", ip),
    }),
    operatorOf: (ip) => operators.operatorOf(ip),
    alertFindings: alerts.findings,
    onNews: logFindings,
    applyLocal: (changes) => say({ type: "lists", changes }),
    log: (message) => logLine("info", "sys_detect", { message }),
  };
  const runner = new JobRunner(
    { kv, now },
    logJobs(
      {
        kv,
        now,
        config,
        addresses,
        lists,
        jobOptions: () => jobOptions(setup),
      },
      { running, signal: ending.signal },
    ),
  );
  return {
    runner,
    async close() {
      await alerts.close();
      await operators.close();
      kv.close();
    },
  };
}
