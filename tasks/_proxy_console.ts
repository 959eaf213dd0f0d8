import { ensureAdmin } from "../lib/accounts/bootstrap.ts";
import { createSetupToken } from "../lib/accounts/setup.ts";
import { threadFor } from "../lib/app/job_thread.ts";
import { createJobs, everyMinute } from "../lib/app/jobs.ts";
import type { ConsoleModule } from "../lib/app/portcullis.ts";
import {
  type ConsolePlace,
  inPlace,
  isForConsole,
} from "../lib/app/proxy_console.ts";
import { openServices, type Services } from "../lib/app/services.ts";
import { isWorker } from "../lib/app/workers.ts";
import type { Operators } from "../lib/geo/open_operators.ts";
import { drainable } from "../lib/http/drain.ts";
import { InsideServer } from "../lib/proxy/inside.ts";
import type { Config } from "../lib/settings/config.ts";

/** The console of a proxy, and its services. */
export interface ProxyConsole {
  services: Services;
  /** Receives requests from the proxy; missing if the console has its own port. */
  inside?: InsideServer;
  /** Prints its address, and the link for creating the first admin. */
  announce(port: number): Promise<void>;
  /** Waits for running work to end. */
  close(): Promise<void>;
}

/** Opens the console and starts the jobs. */
export async function openProxyConsole(
  { place, config, kv, operators }: {
    place: ConsolePlace;
    config: Config;
    kv: Deno.Kv;
    operators: Operators;
  },
): Promise<ProxyConsole> {
  const base = place.kind === "path" ? place.base : "";
  config.basePath = base;
  if (base !== "") {
    config.cookiePath = base;
    config.loginPaths.push(`${base}/login`, `${base}/api/login`);
    config.sensitivePaths.push(`${base}/admin`, `${base}/login`);
  }
  // Created by the build, which may be older than these types.
  const module: unknown = await import("../_console/mod.js");
  const pages = module as ConsoleModule;
  const services = await openServices({
    config,
    kv,
    operators,
    staticPaths: pages.staticPaths,
    // The log contains all requests to the app, files included.
    host: { console: base || null, isUnlogged: () => false },
  });
  await ensureAdmin(services.accounts, config.admin);
  const built = new URL("../_fresh/", import.meta.url);
  const jobs = createJobs(services, { thread: threadFor(services, built) });
  everyMinute(() => jobs.run());

  const inside = place.kind === "port" ? undefined : new InsideServer(
    inPlace(place, pages.createConsole(services)),
    isForConsole(place),
  );
  const server = place.kind === "port"
    ? serveOn(place.port, config, pages.createServer(services))
    : null;

  return {
    services,
    inside,
    async announce(port) {
      const host = place.kind === "host"
        ? place.host
        : config.host.includes(":")
        ? `[${config.host}]`
        : config.host;
      const at = place.kind === "port" ? place.port : port;
      const origin = config.publicOrigin !== null && place.kind === "path"
        ? config.publicOrigin
        : `http://${host}:${at}`;
      console.log(`Console: ${origin}${base}`);
      const token = await createSetupToken(services.accounts);
      if (token === null) return;
      console.log(
        `No admin exists yet. Create one here, once, within 24 hours:\n  ${origin}${base}/setup#${token}`,
      );
    },
    async close() {
      services.tail.close();
      await jobs.close();
      await server?.drain(() => server.server.shutdown());
      await inside?.close();
    },
  };
}

function serveOn(
  port: number,
  { host }: Config,
  handler: ReturnType<ConsoleModule["createServer"]>,
) {
  const drained = drainable(handler);
  const server = Deno.serve({
    hostname: host,
    port,
    reusePort: isWorker(),
    onListen: () => {},
    automaticCompression: true,
    onError: () => new Response("Internal Server Error", { status: 500 }),
  }, drained.handler);
  return { server, drain: drained.drain };
}
