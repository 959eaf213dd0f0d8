/**
 * The jobs of each minute at an hourly rate of requests, `minute_jobs.ts <KV file> <records an
 * hour> <minutes> <thread|here>`: in a thread, as on a busy server, or in the serving thread, with
 * nothing else in the process. Prints the processor milliseconds of each minute, of all threads,
 * and the longest time that the serving thread was blocked.
 */
import { delay } from "../lib/base/delay.ts";
import { JobRunner } from "../lib/app/job_runner.ts";
import { JobThread } from "../lib/app/job_thread.ts";
import { logJobs } from "../lib/app/log_jobs.ts";
import { openServices } from "../lib/app/services.ts";
import { parseConfig } from "../lib/settings/config.ts";
import { openKv } from "../lib/store/open.ts";
import { HOUR_END, offendersHour } from "./offenders.ts";
import { processorMs } from "./process.ts";
import { storeRequests } from "./store_requests.ts";
import { watchTurns } from "./turns.ts";

/** Measurements of the jobs in a minute. */
export interface MinuteRun {
  processorMs: number;
  longestMs: number;
  /** The same for an idle period of the same length: the noise of the machine. */
  idleMs: number;
}

const MINUTE = 60_000;
const SETTLED_MS = 6_000;
const [kvPath, perHour, minutes, place] = Deno.args;
const start = HOUR_END - 60 * MINUTE;
let now = start;
const kv = await openKv(kvPath!);
const services = await openServices({
  config: parseConfig({
    KV_PATH: kvPath!,
    GEO_PROVIDER: "off",
    SUSPICIOUS_REQUEST_THRESHOLD: perHour!,
  }),
  kv,
  now: () => now,
});
const thread = new JobThread({
  ...{ config: services.config, built: new URL("none:") },
  applyLocal: (changes) => services.lists.applyLocal(changes),
  aheadMs: () => now - Date.now(),
});
const here = new JobRunner(
  services,
  logJobs(services, { signal: AbortSignal.abort() }),
);
const requests = offendersHour(Number(perHour));
const runs: MinuteRun[] = [];
for (let minute = 1; minute <= Number(minutes); minute++) {
  await storeRequests(kv, until(start + minute * MINUTE), {
    expiresAt: HOUR_END * 2,
    writtenAt: now,
  });
  now = start + minute * MINUTE + SETTLED_MS;
  const turns = watchTurns();
  const before = processorMs(Deno.pid);
  const began = performance.now();
  if (place === "thread") await thread.run(services.lists.sizes);
  else await here.run();
  const used = processorMs(Deno.pid) - before;
  const longestMs = turns();
  const idle = watchTurns();
  await delay(performance.now() - began);
  runs.push({ processorMs: used, longestMs, idleMs: idle() });
}
console.log(JSON.stringify(runs));
await thread.close();
await services.close();
kv.close();

function* until(end: number) {
  for (;;) {
    const { value, done } = requests.next();
    if (done) return;
    // As on a server; without it, detection would track which pages exist.
    yield { ...value, host: "example.org" };
    if (value.timestamp >= end) return;
  }
}
