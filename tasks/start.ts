/**
 * `deno task start`: opens KV, serves the production build, shuts down cleanly on SIGINT and
 * SIGTERM.
 */
import { messageOf } from "../lib/base/error_words.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import { endWithParent, isWorker } from "../lib/app/workers.ts";
import { openServer } from "../lib/app/open_server.ts";
import type { ConsoleModule } from "../lib/app/portcullis.ts";
import type { Services } from "../lib/app/services.ts";
import type { Shutdown } from "../lib/app/shutdown.ts";
import { underBasePath } from "../lib/http/base_path.ts";
import { drainable, type Handler } from "../lib/http/drain.ts";
import { settingsHelp } from "../lib/settings/describe.ts";
import { serveOn, type Serving } from "../lib/http/serve_on.ts";
import { announce } from "./_announce.ts";
import { parseTaskArgs } from "./_cli.ts";
import { serveByWorkers } from "./_workers.ts";

parseTaskArgs({
  usage: "deno task start",
  about:
    "Builds what is missing, opens KV and serves the app until SIGINT or SIGTERM.",
  more: `Configured by the environment and .env:\n${settingsHelp("app")}`,
});

const settings = loadConfigOrExit();
await serveByWorkers(settings, ["--allow-sys=statfs"]);

const { services, shutdown, fetch } = await opened();
const { config } = services;

const { handler, drain } = drainable(
  underBasePath(config.basePath, fetch),
);
let server: Serving;
try {
  server = serveOn({
    hostname: config.host,
    port: config.port,
    reusePort: isWorker(),
    onListen: () => {},
    // Done by the app, which knows what to compress.
    automaticCompression: false,
    // Errors that the app could not handle.
    onError: () => new Response("Internal Server Error", { status: 500 }),
  }, handler);
} catch (error) {
  const words = messageOf(error);
  console.error(
    `Cannot listen on ${config.host}:${config.port} (HOST, PORT): ${words}`,
  );
  Deno.exit(1);
}
shutdown.before(() => drain(() => server.shutdown()));
endWithParent(() => shutdown.run().then(shutdown.exit));

await announce(services, server.port);

/** The app of a checkout's build; elsewhere the console in the package, which is the same. */
async function opened(): Promise<Opened> {
  const build = new URL("../_fresh/server.js", import.meta.url);
  const main = new URL("../main.ts", import.meta.url);
  if (isFile(build) && isFile(main)) {
    // Computed names: neither is part of the package.
    const { services, shutdown } = await import(main.href);
    const { default: built } = await import(build.href);
    return { services, shutdown, fetch: built.fetch };
  }
  const pages: unknown = await import("../_console/mod.js");
  const { createServer, staticPaths } = pages as ConsoleModule;
  const server = await openServer({
    built: new URL("../_fresh/", import.meta.url),
    staticPaths,
  });
  return { ...server, fetch: createServer(server.services) };
}

interface Opened {
  services: Services;
  shutdown: Shutdown;
  fetch: Handler;
}

function isFile(url: URL): boolean {
  try {
    return url.protocol === "file:" && Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}
