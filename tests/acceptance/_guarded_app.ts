/**
 * A third-party app that has only the guard of this project, in its own process; with CONSOLE set,
 * it forwards a path to the console there.
 */
import { App } from "fresh";
import { guard, type Visitor } from "../../lib/guard/mod.ts";
import { createProxy } from "../../lib/proxy/handler.ts";

const kv = await Deno.openKv(Deno.env.get("KV_PATH"));
const upstream = Deno.env.get("CONSOLE");
const portcullis = guard({ kv });
const app = new App<{ visitor: Visitor }>().use(portcullis)
  .get("/hello", (ctx) => ctx.text("hello"));
const console_ = upstream ? createProxy({ upstream }) : null;
if (console_) {
  app.all(
    "/portcullis/*",
    (ctx) =>
      console_(
        ctx.req,
        // A copy would lose its getters.
        Object.assign(ctx.info, { visitor: ctx.state.visitor }),
      ),
  );
}
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
console_?.close();
kv.close();
