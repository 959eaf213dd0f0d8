// The web's Worker cannot be unref'd: an idle one would keep a finished task from ending.
import { Worker } from "node:worker_threads";
import { siblingModule } from "../base/sibling_module.ts";
import { workerModule } from "../base/worker_module.ts";
import { type Argon2Job, derive } from "./argon2.ts";
import type { Argon2Answer } from "./argon2_worker.ts";

/** After so many workers died in a row, jobs run on the caller's thread. */
const MAX_FAILURES = 3;

/** One worker that derives keys, one job at a time. */
export interface Argon2Thread {
  derive(job: Argon2Job): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Starts a worker with the first job. An idle worker does not keep the process alive. Where workers
 * are not available, or die, the job runs on the caller's thread instead. `start` is for tests; null
 * where there is no worker.
 */
export function createArgon2Thread(
  start: (() => Worker) | null = startWorker(import.meta.url),
): Argon2Thread {
  let worker: Worker | null = null;
  let failures = 0;

  async function inWorker(
    job: Argon2Job,
    start: () => Worker,
  ): Promise<Argon2Answer> {
    const busy = worker ??= start();
    const { promise, resolve, reject } = Promise.withResolvers<Argon2Answer>();
    const died = () => reject(new Error("The worker died"));
    busy.on("message", resolve).on("error", reject).on("exit", died);
    busy.ref();
    busy.postMessage(job);
    try {
      return await promise;
    } catch (error) {
      worker = null;
      await busy.terminate();
      throw error;
    } finally {
      busy.off("message", resolve).off("error", reject).off("exit", died);
      busy.unref();
    }
  }

  return {
    async derive(job) {
      if (start === null || failures >= MAX_FAILURES) return await derive(job);
      let answer: Argon2Answer;
      try {
        answer = await inWorker(job, start);
        failures = 0;
      } catch {
        failures++;
        return await derive(job);
      }
      if ("error" in answer) throw new Error(answer.error);
      return answer.hash;
    },
    async close() {
      await worker?.terminate();
      worker = null;
    },
  };
}

/**
 * What starts the worker; null where this is part of a bundle, in which no worker lies beside it, or
 * has a name that Vite's development server made up: there is no such file.
 */
export function startWorker(from: string): (() => Worker) | null {
  if (!/\/argon2_thread\.[jt]s$/.test(from) || /\0|%00/.test(from)) return null;
  return () => new Worker(workerModule(siblingModule("argon2_worker", from)));
}
