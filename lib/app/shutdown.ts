import { endingSignals } from "../base/ending_signals.ts";
import type { Services } from "./services.ts";

/** The end of a process. */
export interface Shutdown {
  /** What has to happen before the services close: the server's last answers. */
  before(step: () => void | Promise<void>): void;
  /** Ends in order; called twice, it is the same end. */
  run(): Promise<void>;
  /** What ends the process at last. @default {() => Deno.exit(0)} */
  exit: () => void;
}

/** One Ctrl-C comes twice: from the terminal, and passed on by the `deno task` around us. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Ends the process in order on SIGINT and SIGTERM: the server finishes what it has begun, for at
 * most `deadlineMs`, then the request log is stored. Another signal, a second or more later, ends
 * it at once.
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
