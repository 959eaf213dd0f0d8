import { endingSignals } from "../base/ending_signals.ts";
import type { Services } from "./services.ts";

/** Graceful shutdown of a process. */
export interface Shutdown {
  /** Runs before the services close: finishes the server's open requests. */
  before(step: () => void | Promise<void>): void;
  /** Shuts down gracefully; a second call returns the same promise. */
  run(): Promise<void>;
  /** Ends the process. @default {() => Deno.exit(0)} */
  exit: () => void;
}

/** One Ctrl-C arrives twice: from the terminal, and forwarded by `deno task`. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Shuts down on SIGINT and SIGTERM: the server finishes open requests for at most `deadlineMs`,
 * then the request log is stored. Another signal, a second or more later, ends the process at once.
 */
export function flushOnSignals(
  services: Pick<Services, "close"> & { kv: Pick<Deno.Kv, "close"> },
  deadlineMs: number,
): Shutdown {
  const steps: (() => void | Promise<void>)[] = [];
  let ending: Promise<void> | undefined;
  const shutdown: Shutdown = {
    before: (step) => void steps.push(step),
    run: () => ending ??= end(),
    exit: () => Deno.exit(0),
  };

  async function end(): Promise<void> {
    await Promise.race([
      Promise.allSettled(steps.map(async (step) => await step())),
      new Promise((resolve) =>
        Deno.unrefTimer(setTimeout(resolve, deadlineMs))
      ),
    ]);
    await services.close();
    services.kv.close();
  }

  let signalledAt: number | undefined;
  async function onSignal(): Promise<void> {
    if (signalledAt !== undefined) {
      if (performance.now() - signalledAt >= SAME_SIGNAL_MS) Deno.exit(1);
      return;
    }
    signalledAt = performance.now();
    await shutdown.run();
    shutdown.exit();
  }
  for (const signal of endingSignals()) {
    Deno.addSignalListener(signal, onSignal);
  }
  return shutdown;
}
