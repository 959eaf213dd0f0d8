/** `deno task proxy`: the guard before any web app, in any language. */
import { loadConfigOrExit } from "../lib/app/config.ts";
import { drainable } from "../lib/http/drain.ts";
import { guardHandler } from "../lib/guard/mod.ts";
import { logLine, setLog } from "../lib/base/log_line.ts";
import { createProxy } from "../lib/proxy/proxy.ts";
import { flushOnSignals } from "../lib/app/shutdown.ts";
import { openKvOrExit, readOrExit, shownKvPath } from "../lib/store/open.ts";
import { bringUpToDate } from "../lib/store/schema.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";

const usage =
  "deno task proxy --upstream URL [--host-header client|upstream] [--timeout 60]";
const args = parseTaskArgs({
  usage,
  about:
    "Serves on HOST and PORT, and passes what the guard lets in to another web server.",
  options: {
    upstream: ["URL", "where requests go, such as http://127.0.0.1:3000"],
    "host-header": [
      "WHOSE",
      "the Host that the upstream sees: client (default) or upstream",
    ],
    "upstream-ca": [
      "FILE",
      "the certificate authority that an https upstream has, in PEM (the usual ones)",
    ],
    timeout: ["SECONDS", "how long the upstream may take to answer (60)"],
  },
  more:
    "Configured by the environment and .env, as `deno task start` is. The admin pages come from a\n" +
    "`deno task start` on another port with the same KV_PATH.",
});

if (!args.upstream) usageError("Got no --upstream, expected a URL", usage);
const seconds = args.timeout === undefined ? 60 : Number(args.timeout);
if (!(seconds > 0 && seconds <= 3_600)) {
  usageError("--timeout needs a number of seconds up to 3600", usage);
}
const whose = args["host-header"] ?? "client";
if (whose !== "client" && whose !== "upstream") {
  usageError("--host-header needs client or upstream", usage);
}

const ca = await readCa(args["upstream-ca"]);
const config = await loadConfigOrExit();
setLog({ format: config.logFormat });
let failing = false;
const proxy = (() => {
  try {
    return createProxy({
      upstream: args.upstream,
      trustedProxies: config.trustedProxies,
      clientIpHeader: config.clientIpHeader,
      scheme: config.publicOrigin?.startsWith("https:") ? "https" : null,
      host: whose,
      headMs: seconds * 1_000,
      ca,
      onError(error) {
        if (!failing) {
          logLine("error", "sys_upstream_fail", { error: error.message });
        }
        failing = true;
      },
    });
  } catch (error) {
    usageError((error as Error).message, usage);
  }
})();

const kv = await openKvOrExit(config.kvPath);
await readOrExit(config.kvPath, bringUpToDate(kv));
const { guarded, drain, server } = await serve().catch(fail);
const shutdown = flushOnSignals(
  { kv, close: () => guarded.close() },
  config.shutdownDeadline,
);
shutdown.before(async () => {
  await drain(() => server.shutdown());
  proxy.close();
});

const host = config.host.includes(":") ? `[${config.host}]` : config.host;
console.log(`Portcullis serves on http://${host}:${server.addr.port}`);
console.log(`Upstream: ${new URL(args.upstream).href}`);
console.log(`KV: ${shownKvPath(config.kvPath)}`);
console.log("Ready.");

/** Nothing is served before the lists have been read. */
async function serve() {
  const guarded = guardHandler(async (request, info) => {
    const response = await proxy(request, info);
    if (response.status !== 502 && response.status !== 504) failing = false;
    return response;
  }, { ...config, kv, isUnlogged: () => false });
  await guarded.ready();
  const { handler, drain } = drainable(guarded);
  const server = Deno.serve({
    hostname: config.host,
    port: config.port,
    onListen: () => {},
    onError: () => new Response("Bad Gateway\n", { status: 502 }),
  }, handler);
  return { guarded, drain, server };
}

async function readCa(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await Deno.readTextFile(file).catch((error) =>
    fail(new Error(`Cannot read --upstream-ca ${file}: ${error.message}`))
  );
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    fail(
      new Error(`Cannot use --upstream-ca ${file}: expected a PEM certificate`),
    );
  }
  return text;
}
