/** What `deno task dev` watches: serves from the sources and builds anew on every change. */
import { fileURLToPath } from "node:url";
import { METHODS } from "../lib/http/methods.ts";
import { faultOf } from "../lib/http/received_url.ts";
import { announce } from "./_announce.ts";

// Upstream's builder asks the net for a newer Fresh, and writes down that it did.
if (!Deno.env.has("FRESH_NO_UPDATE_CHECK")) {
  Deno.env.set("FRESH_NO_UPDATE_CHECK", "true");
}
const { Builder } = await import("fresh/dev");
const { app, services, shutdown } = await import("../main.ts");
// Under --watch, Deno.exit() only waits for the next change.
shutdown.exit = () => Deno.kill(Deno.pid, "SIGKILL");
const { host, port } = services.config;
const root = fileURLToPath(new URL("../", import.meta.url));

// Upstream's development server stands before the app, and fails on what the app answers.
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
