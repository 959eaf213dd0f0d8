import type { Check } from "./doctor.ts";
import { MINUTE, spanText } from "../base/duration.ts";
import { readJobRuns } from "../store/job_runs.ts";
import { keys } from "../store/keys.ts";
import type { DoctorContext } from "./context.ts";

/** So many runs may be missed, and some time for a process to start again. */
const MISSED_RUNS = 3;
const GRACE_MS = 2 * MINUTE;
const MAX_UNCOUNTED_MS = 10 * MINUTE;

/** The last run of each job, in whatever process; and what it has not come to. */
export async function checkJobs(
  { kv, now }: DoctorContext,
): Promise<Check[]> {
  if (kv === null) return [];
  const at = now();
  const runs = await readJobRuns(kv, at);
  const fine: string[] = [];
  const checks: Check[] = [];
  for (const { job, at: began, every_ms, took_ms, error } of runs) {
    const ago = `${spanText(at - began)} ago`;
    const title = `Job: ${job}`;
    if (error !== null) {
      checks.push({ level: "bad", title, detail: `Failed ${ago}: ${error}` });
    } else if (at - began > MISSED_RUNS * every_ms + GRACE_MS) {
      checks.push({
        level: "warn",
        title,
        detail: `Last ran ${ago}, expected every ${
          spanText(every_ms)
        }: is a server running?`,
        fix: "deno task start",
      });
    } else fine.push(`${job} ${ago} (${took_ms} ms)`);
  }
  if (fine.length > 0 || checks.length === 0) {
    checks.push({
      level: "ok",
      title: "Jobs",
      detail: fine.length > 0
        ? `${fine.join(", ")}.`
        : "None has run yet: jobs run in the server.",
    });
  }
  const uncounted = await oldestMark(kv);
  if (uncounted !== null && at - uncounted > MAX_UNCOUNTED_MS) {
    checks.push({
      level: "warn",
      title: "Counting",
      detail: `Requests since ${
        new Date(uncounted).toISOString()
      } are not in the rollups yet; pages have to count them, which is slower.`,
      fix: "deno task start",
    });
  }
  return checks;
}

async function oldestMark(kv: Deno.Kv): Promise<number | null> {
  const marks = kv.list({ prefix: keys.rollupMarksAll() }, { limit: 1 });
  for await (const { key } of marks) return Number(key[1]);
  return null;
}
