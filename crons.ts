import { runHourlyJob } from "./lib/detection/job.ts";
import { logLine } from "./lib/log_line.ts";
import type { Services } from "./lib/services.ts";

/** A failed run is tried again after these times, in milliseconds. */
const BACKOFF = [10_000, 60_000, 300_000];

/**
 * Registers the jobs. Every process does; a lease in KV sees to it that one of them runs a job.
 * Times are UTC.
 */
export function registerCrons(services: Services): void {
  Deno.cron(
    "detect anomalies",
    "0 * * * *",
    { backoffSchedule: BACKOFF },
    async () => {
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
    },
  );
}
