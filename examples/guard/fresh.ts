/**
 * A Fresh app behind the guard: `deno run -A --unstable-kv examples/guard/fresh.ts`
 *
 * For an app with file routes, the same line goes before `staticFiles()` and `fsRoutes()`.
 */
import { App } from "fresh";
import { h } from "preact";
import { guard, type Visitor } from "../../lib/guard/mod.ts";

interface State {
  visitor: Visitor;
}

/** The app and its guard, which the caller closes. */
export function createApp(kv: Deno.Kv) {
  const portcullis = guard({ kv });
  const app = portcullis.enclose(new App<State>())
    .get("/", (ctx) =>
      ctx.render(
        h("html", { lang: "en" }, [
          h("head", null, h("title", null, "Hello")),
          h("body", null, h("h1", null, `Hello, ${ctx.state.visitor.ip}`)),
        ]),
      ))
    .get("/fails", () => {
      throw new Error("this is what the log is for");
    });
  return { app, portcullis };
}

if (import.meta.main) {
  const kv = await Deno.openKv(Deno.env.get("KV_PATH"));
  const { app, portcullis } = createApp(kv);
  await portcullis.ready();
  const server = Deno.serve({ port: 8003 }, app.handler());
  Deno.addSignalListener("SIGINT", () => server.shutdown());
  await server.finished;
  await portcullis.close();
  kv.close();
}
