/**
 * The server that `deno task dev` watches: serves from the sources and rebuilds on every change.
 */
import { fileURLToPath } from "node:url";
import { METHODS } from "../lib/http/methods.ts";
import { faultOf } from "../lib/http/received_url.ts";
import { announce } from "./_announce.ts";

// Upstream's builder checks the network for a newer Fresh, and writes a file about it.
if (!Deno.env.has("FRESH_NO_UPDATE_CHECK")) {
  Deno.env.set("FRESH_NO_UPDATE_CHECK", "true");
}
const { Builder } = await import("fresh/dev");
const { app, services, shutdown } = await import("../main.ts");
// Under --watch, Deno.exit() only waits for the next change.
shutdown.exit = () => Deno.kill(Deno.pid, "SIGKILL");
const { host, port } = services.config;
const root = fileURLToPath(new URL("../", import.meta.url));

// Upstream's development server wraps the app, and fails on the app's responses.
const serve = Deno.serve as (
  options: Deno.ServeTcpOptions,
  handler: Deno.ServeHandler,
) => Deno.HttpServer<Deno.NetAddr>;
Deno.serve = function serveOdd(
  options: Deno.ServeTcpOptions,
  handler: Deno.ServeHandler,
) {
  return serve(
    options,
    (request, info) =>
      isOdd(request) ? app.handler()(request, info) : handler(request, info),
  );
} as typeof Deno.serve;

await announce(services, port);
await new Builder({ root }).listen(() => import("../main.ts"), {
  hostname: host,
  port,
});

function isOdd({ method, url, headers }: Request): boolean {
  if (!METHODS.has(method) || faultOf(url, headers.get("host")) !== null) {
    return true;
  }
  try {
    decodeURI(url);
    return false;
  } catch {
    return true;
  }
}
