import { stackOf } from "./lib/base/error_words.ts";
import { createApp } from "./app.ts";
import { createJobs, everyMinute } from "./lib/app/jobs.ts";
import { loadConfigOrExit } from "./lib/app/config.ts";
import { logLine, setLog } from "./lib/base/log_line.ts";
import { operatorsFor } from "./lib/app/operators.ts";
import { openServices } from "./lib/app/services.ts";
import { bootstrapAdmin } from "./lib/accounts/bootstrap.ts";
import { flushOnSignals } from "./lib/app/shutdown.ts";
import { listStaticPaths } from "./lib/http/static_paths.ts";
import { exitOnPolicyFile } from "./lib/policy/policy_file.ts";
import { requireDurable } from "./lib/store/durable.ts";
import { openKvOrExit, readOrExit } from "./lib/store/open.ts";
import { bringUpToDate } from "./lib/store/schema.ts";

const config = loadConfigOrExit();
setLog({ format: config.logFormat });
const kv = await openKvOrExit(config.kvPath);
await readOrExit(config.kvPath, bringUpToDate(kv));
await readOrExit(config.kvPath, requireDurable(kv, config));

export const services = await readOrExit(
  config.kvPath,
  openServices({
    config,
    kv,
    operators: operatorsFor(
      config,
      new URL("./_fresh/", import.meta.url),
    ),
    staticPaths: await listStaticPaths(new URL("./static/", import.meta.url)),
  }).catch(exitOnPolicyFile),
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
const jobs = createJobs(services);
everyMinute(() => jobs.run());
export const shutdown = flushOnSignals(
  services,
  config.shutdownDeadline,
);
// Whoever follows the log would keep the server from ending.
shutdown.before(() => services.tail.close());
shutdown.before(() => {
  log.flush();
  logLine("info", "sys_shutdown", { pid: Deno.pid });
});
export const app = createApp(services);

/** Deno ends the process right after. */
function logCrash(error: unknown): void {
  logLine("error", "sys_crash", {
    error: stackOf(error),
  });
}
