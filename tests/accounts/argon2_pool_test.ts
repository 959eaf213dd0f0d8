import { EventEmitter } from "node:events";
import type { Worker } from "node:worker_threads";
import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { type Argon2Job, derive } from "../../lib/accounts/argon2.ts";
import { createArgon2Pool } from "../../lib/accounts/argon2_pool.ts";
import { createArgon2Thread } from "../../lib/accounts/argon2_thread.ts";
import { BusyError } from "../../lib/accounts/errors.ts";

const job: Argon2Job = {
  password: new TextEncoder().encode("hunter2 hunter2"),
  salt: new Uint8Array(16),
  length: 32,
  ...{ m: 16, t: 1 },
};

/** Threads whose jobs are finished manually. */
function manual() {
  const ends: (() => void)[] = [];
  const createThread = () => ({
    derive: () =>
      new Promise<Uint8Array>((resolve) =>
        ends.push(() => resolve(new Uint8Array(1)))
      ),
    close: () => Promise.resolve(),
  });
  return { ends, createThread };
}

Deno.test("hashes run a few at a time, and the queue has an end", async () => {
  const { ends, createThread } = manual();
  const pool = createArgon2Pool({ threads: 2, maxPending: 5, createThread });
  const jobs = Array.from({ length: 5 }, () => pool.derive(job));
  const busy = await assertRejects(() => pool.derive(job), BusyError);
  assertLessOrEqual(1_000, busy.retryAfterMs);
  assertEquals(ends.length, 2);
  for (let done = 0; done < 5; done++) {
    ends[done]!();
    await new Promise((resolve) => setTimeout(resolve));
    assertLessOrEqual(ends.length - done - 1, 2);
  }
  await Promise.all(jobs);
  const later = pool.derive(job);
  ends.at(-1)!();
  await later;
  await pool.close();
});

Deno.test("argon2 pool: a job that fails leaves its thread to the next", async () => {
  const createThread = () => ({ derive, close: () => Promise.resolve() });
  const pool = createArgon2Pool({ threads: 1, createThread });
  const bad = { ...job, salt: new Uint8Array(0) };
  const results = await Promise.allSettled(
    [bad, job, bad, job].map((each) => pool.derive(each)),
  );
  assertEquals(results.map(({ status }) => status), [
    "rejected",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  await pool.close();
});

Deno.test("argon2 pool: closing waits for what runs and waits", async () => {
  const { ends, createThread } = manual();
  const pool = createArgon2Pool({ threads: 1, createThread });
  const jobs = [pool.derive(job), pool.derive(job)];
  let closed = false;
  const closing = pool.close().then(() => closed = true);
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(closed, false);
    ends[i]!();
  }
  await Promise.all(jobs);
  await closing;
});

Deno.test("argon2 thread: the worker derives what the caller's thread would", async () => {
  const thread = createArgon2Thread();
  assertEquals(await thread.derive(job), await derive(job));
  await assertRejects(() => thread.derive({ ...job, salt: new Uint8Array(0) }));
  assertEquals(await thread.derive(job), await derive(job));
  await thread.close();
  assertEquals(await thread.derive(job), await derive(job));
  await thread.close();
  await thread.close();
});

Deno.test("argon2 thread: without a worker the caller's thread does the work", async () => {
  const starts = { refused: 0, died: 0 };
  const refuse = () => {
    starts.refused++;
    throw new Error("No workers here");
  };
  const die = () => {
    starts.died++;
    const worker = new EventEmitter();
    return Object.assign(worker, {
      postMessage: () =>
        queueMicrotask(() => worker.emit(starts.died % 2 ? "exit" : "error")),
      terminate: () => Promise.resolve(0),
      ref: () => {},
      unref: () => {},
    }) as unknown as Worker;
  };
  for (const start of [refuse, die]) {
    const thread = createArgon2Thread(start);
    for (let i = 0; i < 5; i++) {
      assertEquals(await thread.derive(job), await derive(job));
    }
    await thread.close();
  }
  // After three failures in a row no more are started.
  assertEquals(starts, { refused: 3, died: 3 });
});

Deno.test("an urgent job goes before those that wait, and finds a place where they do not", async () => {
  const order: number[] = [];
  const gate = Promise.withResolvers<void>();
  const thread = {
    async derive({ length }: { length: number }) {
      await gate.promise;
      order.push(length);
      return new Uint8Array();
    },
    close: () => Promise.resolve(),
  };
  const createThread = () => thread;
  const pool = createArgon2Pool({ threads: 1, maxPending: 3, createThread });
  const job = (length: number) => ({
    ...{ m: 16, t: 1, length },
    password: new Uint8Array(1),
    salt: new Uint8Array(16),
  });
  const all = [1, 2, 3].map((n) => pool.derive(job(n)));
  await assertRejects(() => pool.derive(job(4)), BusyError);
  all.push(pool.derive(job(5), true));
  gate.resolve();
  await Promise.all(all);
  assertEquals(order, [1, 5, 2, 3]);
  await pool.close();
});
