import { keys } from "./keys.ts";
import { write } from "./retry.ts";

/** How the last run of a job went, in whatever process. */
export interface JobRun {
  job: string;
  /** How often it should run, in ms. */
  every_ms: number;
  /** When it began, epoch ms. */
  at: number;
  took_ms: number;
  /** Why it failed, or null. */
  error: string | null;
  expires_at: number;
}

/** A job that exists no more is forgotten. */
const KEPT_MS = 30 * 86_400_000;

/** Runs a job and writes down how it went; what it throws is thrown on. */
export async function recorded(
  { kv, now }: { kv: Deno.Kv; now: () => number },
  job: string,
  every_ms: number,
  run: () => Promise<void>,
): Promise<void> {
  const at = now();
  const began = performance.now();
  let error: string | null = null;
  try {
    await run();
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause);
    throw cause;
  } finally {
    const took_ms = Math.round(performance.now() - began);
    const expires_at = at + KEPT_MS;
    const value: JobRun = { job, every_ms, at, took_ms, error, expires_at };
    // A store that fails has failed the job, too.
    await write(() => kv.set(keys.jobRun(job), value, { expireIn: KEPT_MS }))
      .catch(() => {});
  }
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
