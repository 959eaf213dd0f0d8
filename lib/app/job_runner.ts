import { messageOf } from "../base/error_words.ts";
import { MINUTE } from "../base/duration.ts";
import { deadline } from "../base/delay.ts";
import { logLine } from "../base/log_line.ts";
import { type JobRun, readJobRuns, recordRun } from "../store/job_runs.ts";

/** A recurring job. */
export interface Job {
  name: string;
  /** How often, in milliseconds. @default every minute */
  every?: number;
  /** @default whether the last recorded run failed, or started that long ago */
  isDue?: (last: JobRun | null) => boolean | Promise<boolean>;
  run(): Promise<void>;
}

/**
 * A run with the same result as the one before is recorded only this often, as each write costs.
 */
const REPORT_MS = 3 * MINUTE;
/** The next minute's run does not wait longer than this. */
const PATIENCE_MS = 50_000;

/** What {@linkcode JobRunner} needs. */
export interface JobRunnerOptions {
  kv: Deno.Kv;
  now: () => number;
  /** @default {logLine} */
  report?: typeof logLine;
}

/** Runs due jobs concurrently; one that fails or takes long does not block the others. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #jobs: readonly Job[];
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: JobRunnerOptions, jobs: readonly Job[]) {
    this.#options = options;
    this.#jobs = jobs;
  }

  /**
   * Runs every job that is due and does not run yet; resolves when they are done, or exceed their
   * time.
   */
  async run(patienceMs = PATIENCE_MS): Promise<void> {
    const { kv, now } = this.#options;
    const at = now();
    let known: Map<string, JobRun>;
    try {
      const runs = await readJobRuns(kv, at);
      known = new Map(runs.map((run) => [run.job, run]));
    } catch {
      // Each job handles failures of the store itself.
      known = new Map();
    }
    for (const job of this.#jobs) {
      if (this.#running.has(job.name)) continue;
      const running = this.#start(job, known.get(job.name) ?? null)
        .finally(() => this.#running.delete(job.name));
      this.#running.set(job.name, running);
    }
    await this.idle(patienceMs);
  }

  /** Resolves to true when no job runs any more, or to false after `ms`. */
  async idle(patienceMs: number): Promise<boolean> {
    return await deadline(Promise.all(this.#running.values()), patienceMs)
      .then(() => true, () => false);
  }

  /** Never rejects: errors of jobs are logged and recorded. */
  async #start(job: Job, last: JobRun | null): Promise<void> {
    const { kv, now, report = logLine } = this.#options;
    const { every = MINUTE } = job;
    const at = now();
    const began = performance.now();
    let error: string | null = null;
    try {
      const isDue = job.isDue ? await job.isDue(last) : every <= MINUTE ||
        last === null || last.error !== null || at - last.at >= every ||
        at < last.at;
      if (!isDue) return;
      await job.run();
    } catch (cause) {
      error = messageOf(cause);
      report("error", "sys_job_fail", {
        job: job.name,
        error: cause instanceof Error ? cause.stack ?? error : error,
      });
    }
    const isTold = last !== null && last.error === error && every <= MINUTE &&
      at >= last.at && at - last.at < REPORT_MS;
    if (isTold) return;
    const took_ms = Math.round(performance.now() - began);
    // If the store is down, the failure cannot be recorded.
    await recordRun(kv, { job: job.name, every_ms: every, at, took_ms, error })
      .catch(() => {});
  }
}
