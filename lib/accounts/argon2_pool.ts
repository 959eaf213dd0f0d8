import type { Argon2Job } from "./argon2.ts";
import { type Argon2Thread, createArgon2Thread } from "./argon2_thread.ts";
import { BusyError } from "./errors.ts";

/** Options of {@linkcode createArgon2Pool}. */
export interface Argon2PoolOptions {
  /**
   * How many derivations run at once.
   * @default half the processors, 1 to 4
   */
  threads?: number;
  /**
   * How many derivations may run and wait, all together.
   * @default {100} about 3 s of work for one thread
   */
  maxPending?: number;
  /** Makes a thread; for tests. */
  createThread?: () => Argon2Thread;
}

/** About how long one derivation takes, for the wait that a BusyError names. */
const DERIVATION_MS = 30;

/** Places in the queue for urgent jobs alone. */
const RESERVED = 20;

/** A few threads with one bounded queue. */
export interface Argon2Pool {
  /**
   * Urgent jobs go first and have reserved places in the queue.
   *
   * @throws {BusyError} when the queue is full, so that a flood of logins cannot pile up work.
   */
  derive(job: Argon2Job, isUrgent?: boolean): Promise<Uint8Array>;
  /** Waits for running derivations and stops the threads; a later job starts them again. */
  close(): Promise<void>;
}

/** Creates a pool; its threads start when they are first needed. */
export function createArgon2Pool(options: Argon2PoolOptions = {}): Argon2Pool {
  const half = Math.floor(navigator.hardwareConcurrency / 2);
  const { threads = Math.min(4, Math.max(1, half)), maxPending = 100 } =
    options;
  const all = Array.from(
    { length: threads },
    options.createThread ?? (() => createArgon2Thread()),
  );
  const idle = [...all];
  const waiting: ((thread: Argon2Thread) => void)[] = [];
  const pending = new Set<Promise<unknown>>();

  async function run(
    job: Argon2Job,
    isUrgent: boolean,
  ): Promise<Uint8Array> {
    const thread = idle.pop() ??
      await new Promise<Argon2Thread>((resolve) =>
        isUrgent ? waiting.unshift(resolve) : waiting.push(resolve)
      );
    try {
      return await thread.derive(job);
    } finally {
      const next = waiting.shift();
      if (next) next(thread);
      else idle.push(thread);
    }
  }

  return {
    async derive(job, isUrgent = false) {
      if (pending.size >= maxPending + (isUrgent ? RESERVED : 0)) {
        const wait = maxPending * DERIVATION_MS / threads;
        throw new BusyError(Math.max(1_000, wait));
      }
      const result = run(job, isUrgent);
      pending.add(result);
      try {
        return await result;
      } finally {
        pending.delete(result);
      }
    },
    async close() {
      while (pending.size > 0) await Promise.allSettled(pending);
      await Promise.all(all.map((thread) => thread.close()));
    },
  };
}
