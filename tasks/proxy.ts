/** `deno task proxy`: the guard in front of a web app in any language. */
import { loadConfigOrExit } from "../lib/app/config.ts";
import { openGuard } from "../lib/guard/open_guard.ts";
import { endWithParent, isWorker } from "../lib/app/workers.ts";
import { operatorsFor } from "../lib/app/operators.ts";
import { consolePlace } from "../lib/app/proxy_console.ts";
import { protectedAddresses } from "../lib/detection/protected_addresses.ts";
import { logLine, setLog } from "../lib/base/log_line.ts";
import { countDescriptors, shareOf } from "../lib/proxy/descriptors.ts";
import { ProxyServer } from "../lib/proxy/proxy_server.ts";
import { flushOnSignals } from "../lib/app/shutdown.ts";
import { openKvOrExit, readOrExit, shownKvPath } from "../lib/store/open.ts";
import { bringUpToDate } from "../lib/store/schema.ts";
import { settingsHelp } from "../lib/settings/describe.ts";
import { fail, parseTaskArgs, usageError } from "./_cli.ts";
import { openProxyConsole } from "./_proxy_console.ts";
import { serveByWorkers } from "./_workers.ts";

const usage =
  "deno task proxy --upstream URL [--console PLACE] [--host-header client|upstream] [--upstream-ca FILE] [--timeout 60]";
const args = parseTaskArgs({
  usage,
  about:
    "A reverse proxy on HOST and PORT that passes allowed requests on to another web server.",
  options: {
    upstream: ["URL", "the web app, such as http://127.0.0.1:3000"],
    console: [
      "PLACE",
      "serve the console and run the jobs in this process: at a path (/portcullis), a host name or a port",
    ],
    "host-header": [
      "WHOSE",
      "the Host that the upstream sees: client (default) or upstream",
    ],
    "upstream-ca": [
      "FILE",
      "a PEM file with the certificate authority of an https upstream (the system's)",
    ],
    timeout: ["SECONDS", "how long the upstream may take to answer (60)"],
  },
  more:
    "Without --console, run `deno task start` on another port with the same KV_PATH for the console.\n\n" +
    `Configured by the environment and .env:\n${settingsHelp("proxy")}`,
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

const place = args.console === undefined ? null : consolePlace(args.console);
if (args.console !== undefined && place === null) {
  usageError(
    "--console needs a path such as /portcullis, a host name or a port",
    usage,
  );
}
const ca = await readCa(args["upstream-ca"]);
requireNodeHttp();
const config = loadConfigOrExit();
setLog({ format: config.logFormat });
await serveByWorkers(config, ["--allow-sys"]);
const kv = await openKvOrExit(config.kvPath);
await readOrExit(config.kvPath, bringUpToDate(kv));

// Nothing is served before the lists are read.
const operators = operatorsFor(
  config,
  new URL("../_fresh/", import.meta.url),
);
const withConsole = place === null
  ? null
  : await openProxyConsole({ place, config, kv, operators }).catch(fail);
const open = withConsole?.services ?? await openGuard(kv, {
  ...config,
  operators,
  protectedAddresses: () => protectedAddresses({ kv, now: Date.now }),
  isUnlogged: () => false,
})
  .catch(fail);
let failing = false;
const server = (() => {
  try {
    return new ProxyServer({
      guard: open.guard,
      upstream: args.upstream,
      trustedProxies: config.trustedProxies,
      clientIpHeader: config.clientIpHeader,
      claims: [config.remoteUserHeader, config.remoteRolesHeader]
        .filter((name) => name !== null),
      ipv6Prefix: config.ipv6Prefix,
      scheme: config.publicOrigin?.startsWith("https:") ? "https" : null,
      host: whose,
      headMs: seconds * 1_000,
      requestDeadline: config.requestDeadline,
      share: shareOf(
        countDescriptors([import.meta.filename!, Deno.execPath()]),
        config.maxConnectionsPerClient,
      ),
      ca,
      inside: withConsole?.inside,
      onError(error) {
        if (!failing) logLine("error", "sys_upstream_fail", { error });
        failing = true;
      },
      onAnswer() {
        failing = false;
      },
    });
  } catch (error) {
    usageError((error as Error).message, usage);
  }
})();

const port = await server.listen({
  hostname: config.host,
  port: config.port,
  reusePort: isWorker(),
})
  .catch((error) =>
    fail(
      new Error(
        `Cannot listen on ${config.host}:${config.port} (HOST, PORT): ${error.message}`,
      ),
    )
  );
const shutdown = flushOnSignals(
  { kv, close: () => open.close() },
  config.shutdownDeadline,
);
shutdown.before(() => server.drain(config.shutdownDeadline));
shutdown.before(() => withConsole?.close());
endWithParent(() => shutdown.run().then(shutdown.exit));

const host = config.host.includes(":") ? `[${config.host}]` : config.host;
console.log(`Portcullis serves on http://${host}:${port}`);
console.log(`Upstream: ${new URL(args.upstream).href}`);
console.log(`KV: ${shownKvPath(config.kvPath)}`);
await withConsole?.announce(port);
console.log("Ready.");

/**
 * Older versions drop the body of a GET but keep its length, which lets a second request into the
 * app.
 */
function requireNodeHttp(): void {
  const [major = 0, minor = 0, patch = 0] = Deno.version.deno.split(/[.+-]/)
    .map(Number);
  const isOld = major < 2 ||
    major === 2 && (minor < 7 || minor === 7 && patch < 14);
  if (!isOld) return;
  fail(
    new Error(
      `Cannot run as a proxy on Deno ${Deno.version.deno}: expected 2.7.14 or later, as older ones misread requests`,
    ),
  );
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
