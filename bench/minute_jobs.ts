/**
 * The jobs of each minute at a rate of requests an hour, `minute_jobs.ts <KV file> <records an hour>
 * <minutes>`, with nothing else in the process. Prints by job the processor's milliseconds of each
 * minute and the longest time that nobody else had a turn.
 */
import { openServices } from "../lib/app/services.ts";
import { count, watch } from "../lib/app/jobs.ts";
import { RunningHour } from "../lib/detection/running_hour.ts";
import { parseConfig } from "../lib/settings/config.ts";
import { openKv } from "../lib/store/open.ts";
import { HOUR_END, offendersHour } from "./offenders.ts";
import { processorMs } from "./process.ts";
import { storeRequests } from "./store_requests.ts";
import { watchTurns } from "./turns.ts";

/** What a job took in a minute. */
export interface MinuteRun {
  job: "watch" | "count";
  processorMs: number;
  longestMs: number;
}

const MINUTE = 60_000;
const SETTLED_MS = 6_000;
const [kvPath, perHour, minutes] = Deno.args;
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
const running = new RunningHour();
const requests = offendersHour(Number(perHour));
const runs: MinuteRun[] = [];
for (let minute = 1; minute <= Number(minutes); minute++) {
  await storeRequests(kv, until(start + minute * MINUTE), {
    expiresAt: HOUR_END * 2,
    writtenAt: now,
  });
  now = start + minute * MINUTE + SETTLED_MS;
  await measured("watch", () => watch(services, running));
  await measured("count", () => count(services));
}
console.log(JSON.stringify(runs));
await services.close();
kv.close();

function* until(end: number) {
  for (;;) {
    const { value, done } = requests.next();
    if (done) return;
    yield value;
    if (value.timestamp >= end) return;
  }
}

async function measured(
  job: MinuteRun["job"],
  run: () => Promise<unknown>,
): Promise<void> {
  const turns = watchTurns();
  const before = processorMs(Deno.pid);
  await run();
  runs.push({
    job,
    processorMs: processorMs(Deno.pid) - before,
    longestMs: turns(),
  });
}
