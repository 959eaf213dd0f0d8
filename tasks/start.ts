/** `deno task start`: opens KV, serves the production build, ends in order on SIGINT and SIGTERM. */
import { messageOf } from "../lib/base/error_words.ts";
import { loadConfigOrExit } from "../lib/app/config.ts";
import { endWithParent, isWorker } from "../lib/app/workers.ts";
import { underBasePath } from "../lib/http/base_path.ts";
import { drainable } from "../lib/http/drain.ts";
import { settingsHelp } from "../lib/settings/describe.ts";
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

const { services, shutdown } = await import("../main.ts");
const { default: built } = await import("../_fresh/server.js");
const { config } = services;

const { handler, drain } = drainable(
  underBasePath(config.basePath, built.fetch),
);
let server: Deno.HttpServer<Deno.NetAddr>;
try {
  server = Deno.serve({
    hostname: config.host,
    port: config.port,
    reusePort: isWorker(),
    onListen: () => {},
    // Texts, but for what says no-transform: pages that show a secret, and tiny answers.
    automaticCompression: true,
    // What the app could not answer at all.
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

await announce(services, server.addr.port);
