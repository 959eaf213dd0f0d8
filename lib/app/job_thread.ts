import { deadline } from "../base/delay.ts";
import { stackOf } from "../base/error_words.ts";
import { logLine } from "../base/log_line.ts";
import type { AccessChange } from "../lists/access_entry.ts";
import type { AccessLists } from "../lists/access_lists.ts";
import type { Config } from "../settings/config.ts";
import type { FromThread, ThreadData, ToThread } from "./job_messages.ts";

/** After this many consecutive deaths of the thread, jobs run in the serving thread. */
const MAX_FAILURES = 3;
/** The next minute's run does not wait longer than this. */
const PATIENCE_MS = 55_000;
/** A thread that has not ended by then is terminated. */
const CLOSE_MS = 2_000;

/** What {@linkcode JobThread} needs. */
export interface JobThreadOptions extends Omit<ThreadData, "built"> {
  /** Where the build's packed data are looked for. */
  built: URL;
  /** Called with changes that a job made to the lists. */
  applyLocal(changes: readonly AccessChange[]): void;
  /** @default {logLine} */
  report?: typeof logLine;
  /** For tests: starts another thread. */
  start?: () => Worker;
  /** For tests: the clock's offset, in milliseconds. @default {() => 0} */
  aheadMs?: () => number;
}

/**
 * The thread for a server's jobs; none if it could not open the server's store: one in memory, or
 * the one that Deno Deploy assigns, where threads are not available either.
 */
export function threadFor(
  { config, lists }: {
    config: Config;
    lists: Pick<AccessLists, "applyLocal">;
  },
  built: URL,
): JobThread | undefined {
  if (config.kvPath === ":memory:" || config.kvPath === ":default:") return;
  return new JobThread({
    ...{ config, built },
    applyLocal: (changes) => lists.applyLocal(changes),
  });
}

/** A thread for jobs, started with the first run and restarted if it died. */
export class JobThread {
  readonly #options: JobThreadOptions;
  #worker: Worker | null = null;
  #failures = 0;

  constructor(options: JobThreadOptions) {
    this.#options = options;
  }

  /** Whether threads are not available, or keep dying. */
  get isBroken(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  /**
   * Runs the jobs that are due. False if the thread died, which is logged; the next run starts
   * another.
   */
  async run(sizes: AccessLists["sizes"]): Promise<boolean> {
    let worker: Worker | null = null;
    try {
      worker = this.#worker ??= this.#start();
      const aheadMs = this.#options.aheadMs?.() ?? 0;
      const message: ToThread = { type: "run", sizes, aheadMs };
      await asked(worker, message, "ran", PATIENCE_MS);
      this.#failures = 0;
      return true;
    } catch (error) {
      this.#died(worker, error);
      return false;
    }
  }

  /** Waits briefly for running jobs and ends the thread. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    await asked(worker, { type: "close" }, "closed", CLOSE_MS).catch(() => {});
    worker.terminate();
  }

  #died(worker: Worker | null, error: unknown): void {
    // It was reported already, or ended on purpose.
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#failures++;
    const { report = logLine } = this.#options;
    report("error", "sys_job_thread_died", { error: stackOf(error) });
    worker?.terminate();
  }

  #start(): Worker {
    const { config, built, applyLocal, start = startThread } = this.#options;
    const worker = start();
    worker.addEventListener("message", ({ data }: FromThreadEvent) => {
      if (data.type === "lists") applyLocal(data.changes);
    });
    // Unhandled, an error between two runs would end the server.
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#died(worker, errorOf(event));
    });
    tell(worker, { type: "open", data: { config, built: built.href } });
    return worker;
  }
}

type FromThreadEvent = MessageEvent<FromThread>;

/**
 * The web's kind: to start one of Node's holds up the serving thread more than twice as long, until
 * all that Node has is set up in it.
 */
function startThread(): Worker {
  return new Worker(new URL("./job_worker.ts", import.meta.url), {
    type: "module",
  });
}

function tell(worker: Worker, message: ToThread): void {
  worker.postMessage(message);
}

function errorOf({ error, message }: ErrorEvent): unknown {
  return error instanceof Error ? error : new Error(message);
}

/** Sends a message and waits for the reply; rejects if the thread dies meanwhile. */
async function asked(
  worker: Worker,
  message: ToThread,
  answer: FromThread["type"],
  patienceMs: number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const heard = new AbortController();
  const { signal } = heard;
  worker.addEventListener("message", ({ data }: FromThreadEvent) => {
    if (data.type === answer) resolve();
  }, { signal });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    reject(errorOf(event));
  }, { signal });
  try {
    tell(worker, message);
    await deadline(promise, patienceMs);
  } finally {
    heard.abort();
  }
}
