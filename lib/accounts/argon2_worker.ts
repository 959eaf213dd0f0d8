import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { type Argon2Job, derive } from "./argon2.ts";

/** What the worker answers to an {@linkcode Argon2Job}. */
export type Argon2Answer = { hash: Uint8Array } | { error: string };

yieldToOthers();
parentPort?.on("message", async (job: Argon2Job) => {
  let answer: Argon2Answer;
  try {
    answer = { hash: await derive(job) };
  } catch (error) {
    answer = { error: String(error) };
  }
  parentPort?.postMessage(answer);
});

/**
 * Whoever answers requests goes before whoever derives keys: with one processor to share, visitors
 * felt each login. On Linux 0 stands for the calling thread; elsewhere it would be all of us.
 */
function yieldToOthers(): void {
  if (Deno.build.os !== "linux") return;
  const wanted = { name: "sys", kind: "setPriority" } as const;
  if (Deno.permissions.querySync(wanted).state !== "granted") return;
  try {
    setPriority(0, 10);
  } catch {
    // Where the system forbids it, it goes on as before.
  }
}
