import { bootstrapAdmin } from "../accounts/bootstrap.ts";
import { stackOf } from "../base/error_words.ts";
import { logLine, setLog } from "../base/log_line.ts";
import { exitOnPolicyFile } from "../policy/policy_file.ts";
import { requireDurable } from "../store/durable.ts";
import { openKvOrExit, readOrExit } from "../store/open.ts";
import { bringUpToDate } from "../store/schema.ts";
import { loadConfigOrExit } from "./config.ts";
import { threadFor } from "./job_thread.ts";
import { createJobs, everyMinute } from "./jobs.ts";
import { operatorsFor } from "./operators.ts";
import { openServices, type Services } from "./services.ts";
import { flushOnSignals, type Shutdown } from "./shutdown.ts";

/** Options of a server. */
export interface ServerOptions {
  /** Where the build's packed data are looked for. */
  built: URL;
  /** Paths of files that pages load, which the log leaves out. */
  staticPaths: ReadonlySet<string>;
}

/**
 * Opens the services of a server process and starts its jobs. An error in the configuration or the
 * store ends the process with status 1 and one line.
 */
export async function openServer(
  { built, staticPaths }: ServerOptions,
): Promise<{ services: Services; shutdown: Shutdown }> {
  const config = loadConfigOrExit();
  setLog({ format: config.logFormat });
  const kv = await openKvOrExit(config.kvPath);
  await readOrExit(config.kvPath, bringUpToDate(kv));
  await readOrExit(config.kvPath, requireDurable(kv, config));
  const operators = operatorsFor(config, built);
  const services = await readOrExit(
    config.kvPath,
    openServices({ config, kv, operators, staticPaths })
      .catch(exitOnPolicyFile),
  );
  const log = setLog({
    format: config.logFormat,
    storeAddress: services.addresses.stored,
  });
  addEventListener("unhandledrejection", ({ reason }) => logCrash(reason));
  addEventListener("error", ({ error }) => logCrash(error));
  await readOrExit(
    config.kvPath,
    bootstrapAdmin(services.accounts, config.admin),
  );
  const jobs = createJobs(services, { thread: threadFor(services, built) });
  everyMinute(() => jobs.run());
  const shutdown = flushOnSignals(services, config.shutdownDeadline);
  shutdown.before(() => jobs.close());
  // Followers of the log would keep the server from shutting down.
  shutdown.before(() => services.tail.close());
  shutdown.before(() => {
    log.flush();
    logLine("info", "sys_shutdown", { pid: Deno.pid });
  });
  return { services, shutdown };
}

/** Deno ends the process immediately after this. */
function logCrash(error: unknown): void {
  logLine("error", "sys_crash", {
    error: stackOf(error),
  });
}
