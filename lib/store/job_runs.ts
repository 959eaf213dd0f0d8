import { keys } from "./keys.ts";
import { write } from "./retry.ts";
import { DAY } from "../base/duration.ts";

/** The result of a job's last run, in any process. */
export interface JobRun {
  job: string;
  /** Its interval, in ms. */
  every_ms: number;
  /** When it started, epoch ms. */
  at: number;
  took_ms: number;
  /** Why it failed, or null. */
  error: string | null;
  expires_at: number;
}

/** The record of a job that no longer exists expires. */
const KEPT_MS = 30 * DAY;

/** Records the result of a job's run. */
export async function recordRun(
  kv: Deno.Kv,
  run: Omit<JobRun, "expires_at">,
): Promise<void> {
  const value: JobRun = { ...run, expires_at: run.at + KEPT_MS };
  const key = keys.jobRun(run.job);
  await write(() => kv.set(key, value, { expireIn: KEPT_MS }));
}

/** The last run of each job, by name. */
export async function readJobRuns(
  kv: Deno.Kv,
  now: number,
): Promise<JobRun[]> {
  const runs = kv.list<JobRun>({ prefix: keys.jobRunsAll() });
  const all = await Array.fromAsync(runs, ({ value }) => value);
  return all.filter(({ expires_at }) => expires_at > now);
}
