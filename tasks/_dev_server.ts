/** What `deno task dev` watches: serves from the sources and builds anew on every change. */
import { Builder } from "fresh/dev";
import { announce } from "./_announce.ts";

const { services, shutdown } = await import("../main.ts");
// Under --watch, Deno.exit() only waits for the next change.
shutdown.exit = () => Deno.kill(Deno.pid, "SIGKILL");
const { host, port } = services.config;
const root = decodeURIComponent(new URL("../", import.meta.url).pathname);
await announce(services, port);
await new Builder({ root }).listen(() => import("../main.ts"), {
  hostname: host,
  port,
});
