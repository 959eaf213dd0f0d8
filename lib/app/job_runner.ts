import { messageOf } from "../base/error_words.ts";
import { MINUTE } from "../base/duration.ts";
import { deadline } from "../base/delay.ts";
import { logLine } from "../base/log_line.ts";
import { type JobRun, readJobRuns, recordRun } from "../store/job_runs.ts";

/** Something that is done again and again. */
export interface Job {
  name: string;
  /** How often, in milliseconds. @default every minute */
  every?: number;
  /** @default whether the last run that is written down failed, or began so long ago */
  isDue?: (last: JobRun | null) => boolean | Promise<boolean>;
  run(): Promise<void>;
}

/** A run that went as the one before is written down only so often, as each write costs. */
const REPORT_MS = 3 * MINUTE;
/** The next minute's run does not wait for what takes longer. */
const PATIENCE_MS = 50_000;

/** What {@linkcode JobRunner} needs. */
export interface JobRunnerOptions {
  kv: Deno.Kv;
  now: () => number;
  /** @default {logLine} */
  report?: typeof logLine;
}

/** Runs what is due, side by side; one that fails or takes long keeps none of the others. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #jobs: readonly Job[];
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: JobRunnerOptions, jobs: readonly Job[]) {
    this.#options = options;
    this.#jobs = jobs;
  }

  /** Runs every job that is due and does not run yet; resolves when they are done, or take long. */
  async run(patienceMs = PATIENCE_MS): Promise<void> {
    const { kv, now } = this.#options;
    const at = now();
    let known: Map<string, JobRun>;
    try {
      const runs = await readJobRuns(kv, at);
      known = new Map(runs.map((run) => [run.job, run]));
    } catch {
      // Each job finds out for itself what the store can do.
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

  /** Resolves when nothing runs any more, or after so long; to whether that was in time. */
  async idle(patienceMs: number): Promise<boolean> {
    return await deadline(Promise.all(this.#running.values()), patienceMs)
      .then(() => true, () => false);
  }

  /** Never rejects: what a job throws is told and written down. */
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
    // A store that fails has failed the job, too.
    await recordRun(kv, { job: job.name, every_ms: every, at, took_ms, error })
      .catch(() => {});
  }
}
