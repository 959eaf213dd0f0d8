/** An app of somebody else's that has the guard and nothing else of this project, in its own process. */
import { App } from "fresh";
import { guard } from "../../lib/guard/mod.ts";

const kv = await Deno.openKv(Deno.env.get("KV_PATH"));
const portcullis = guard({ kv });
const app = new App().use(portcullis).get("/hello", (ctx) => ctx.text("hello"));
await portcullis.ready();
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) =>
    console.log(`serves on http://127.0.0.1:${port}\nReady.`),
}, app.handler());
Deno.addSignalListener("SIGTERM", () => server.shutdown());
await server.finished;
await portcullis.close();
kv.close();
