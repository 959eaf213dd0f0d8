/**
 * Several processes that share a port (`SO_REUSEPORT`) and a store: one parent starts them,
 * restarts those that died, and drains or reloads all of them together. A worker shuts down when
 * its standard input is closed, so that none outlives its parent, and no signal has to be forwarded
 * to it.
 *
 * @module
 */
import { delay } from "../base/delay.ts";
import { logLine } from "../base/log_line.ts";
import { MINUTE } from "../base/duration.ts";

/** Set for a worker: its number. */
const VARIABLE = "PORTCULLIS_WORKER";

/** A worker that ran this long is restarted without delay. */
const SETTLED_MS = MINUTE;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** How much longer than its deadline a worker may take to end. */
const GRACE_MS = 3_000;

/** Whether this process is one of several, started by {@linkcode superviseWorkers}. */
export function isWorker(): boolean {
  return Deno.env.get(VARIABLE) !== undefined;
}

/**
 * How many processes are to serve.
 *
 * @throws {Error} where there cannot be several, with a message for whoever set `WORKERS`.
 */
export function workerCount(
  { workers, kvPath }: { workers: number | "auto"; kvPath: string },
  { os = Deno.build.os, cores = navigator.hardwareConcurrency }: {
    os?: string;
    cores?: number;
  } = {},
): number {
  if (workers === 1 || isWorker()) return 1;
  if (kvPath === ":memory:") {
    if (workers === "auto") return 1;
    throw new Error(
      "WORKERS above 1 needs a store that processes share: expected KV_PATH to be a file or a URL",
    );
  }
  if (os !== "linux") {
    console.log("WORKERS: 1, as processes share a port on Linux only.");
    return 1;
  }
  return workers === "auto" ? Math.max(1, cores) : workers;
}

/** Makes a worker shut down when its parent ends. */
export function endWithParent(end: () => Promise<void>): void {
  if (!isWorker()) return;
  const ended = new WritableStream();
  Deno.stdin.readable.pipeTo(ended).catch(() => {}).then(end);
}

/** Options of {@linkcode superviseWorkers}. */
export interface WorkersOptions {
  count: number;
  /** Deno's flags for a worker, `run` left out. */
  flags: readonly string[];
  /** What a worker runs, with its arguments. */
  command: readonly string[];
  host: string;
  /** 0: any that is free. */
  port: number;
  /** How long a worker may take to end, in milliseconds. */
  deadlineMs: number;
}

interface Worker {
  child: Deno.ChildProcess;
  startedAt: number;
  /** Its output until it was ready; null if it ended before. */
  greeting: Promise<string | null>;
}

/**
 * Serves by several processes until SIGINT or SIGTERM; SIGHUP replaces them one by one, so that a
 * changed environment file or build takes effect without dropping a request.
 *
 * @returns the status to end with.
 */
export async function superviseWorkers(
  options: WorkersOptions,
): Promise<number> {
  const { count, deadlineMs } = options;
  const port = options.port === 0 ? freePort(options.host) : options.port;
  const workers = new Map<number, Worker>();
  const stopping = Promise.withResolvers<void>();
  let isStopping = false;
  let status = 0;

  function start(number: number): Worker {
    const worker = spawn(options, number, port);
    workers.set(number, worker);
    return worker;
  }

  async function end({ child }: Worker): Promise<void> {
    await child.stdin.close().catch(() => {});
    const timer = setTimeout(
      () => kill(child),
      deadlineMs + GRACE_MS,
    );
    await child.status;
    clearTimeout(timer);
  }

  /** Restarts a worker whenever it dies. */
  async function keep(number: number): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!isStopping) {
      const worker = workers.get(number)!;
      const { code, signal } = await worker.child.status;
      // It was replaced on purpose.
      if (workers.get(number) !== worker) continue;
      if (isStopping) return;
      if (performance.now() - worker.startedAt > SETTLED_MS) {
        pause = FIRST_PAUSE_MS;
      }
      logLine("error", "sys_worker_died", { worker: number, code, signal });
      await Promise.race([delay(pause), stopping.promise]);
      if (isStopping) return;
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      start(number);
    }
  }

  let reloading = Promise.resolve();
  async function reload(): Promise<void> {
    logLine("info", "sys_workers_reload", { workers: count });
    for (let number = 0; number < count && !isStopping; number++) {
      const old = workers.get(number)!;
      const next = start(number);
      if (await next.greeting === null) {
        // The running workers are kept if the new one does not start.
        logLine("error", "sys_workers_reload_fail", { worker: number });
        workers.set(number, old);
        return;
      }
      await end(old);
    }
  }

  function stop(): void {
    isStopping = true;
    stopping.resolve();
  }
  const signals: [Deno.Signal, () => void][] = [
    ["SIGINT", stop],
    ["SIGTERM", stop],
    ["SIGHUP", () => reloading = reloading.then(reload)],
  ];
  for (const [signal, listener] of signals) {
    Deno.addSignalListener(signal, listener);
  }
  for (let number = 0; number < count; number++) start(number);
  const greetings = await Promise.all(
    Array.from(workers.values(), ({ greeting }) => greeting),
  );
  if (greetings.includes(null)) {
    isStopping = true;
    const failed = greetings.indexOf(null);
    status = (await workers.get(failed)!.child.status).code || 1;
  } else if (!isStopping) {
    console.log(greetings[0]!.replace(/\n?Ready\.\n*$/, ""));
    console.log(`${count} processes share the port.`);
    console.log("Ready.");
    const keeping = Array.from(workers.keys(), keep);
    await stopping.promise;
    await Promise.race([reloading, delay(deadlineMs)]);
    void keeping;
  }
  await Promise.all(Array.from(workers.values(), end));
  for (const [signal, listener] of signals) {
    Deno.removeSignalListener(signal, listener);
  }
  return status;
}

function spawn(
  { flags, command }: WorkersOptions,
  number: number,
  port: number,
): Worker {
  const child = new Deno.Command(program(), {
    args: ["run", "--quiet", ...flags, ...command],
    env: { [VARIABLE]: String(number), PORT: String(port) },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return { child, startedAt: performance.now(), greeting: greetingOf(child) };
}

/**
 * The command that starts this Deno: its path, or `deno` if only that name may be run, as with
 * npm's package, where it is a script.
 */
function program(): string {
  const command = Deno.execPath();
  const { state } = Deno.permissions.querySync({ name: "run", command });
  return state === "granted" ? command : "deno";
}

/** Collects a worker's output until it is ready; later output is passed through. */
async function greetingOf(child: Deno.ChildProcess): Promise<string | null> {
  let text = "";
  const { promise, resolve } = Promise.withResolvers<string | null>();
  child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(piece) {
        if (text.endsWith("Ready.\n")) console.log(piece.trimEnd());
        else if ((text += piece).endsWith("Ready.\n")) resolve(text);
      },
      close: () => resolve(null),
      abort: () => resolve(null),
    }),
  ).catch(() => resolve(null));
  return await promise;
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function freePort(hostname: string): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
