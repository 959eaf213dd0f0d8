import { parentPort } from "node:worker_threads";
import { type Argon2Job, derive } from "./argon2.ts";

/** What the worker answers to an {@linkcode Argon2Job}. */
export type Argon2Answer = { hash: Uint8Array } | { error: string };

parentPort?.on("message", async (job: Argon2Job) => {
  let answer: Argon2Answer;
  try {
    answer = { hash: await derive(job) };
  } catch (error) {
    answer = { error: String(error) };
  }
  parentPort?.postMessage(answer);
});
