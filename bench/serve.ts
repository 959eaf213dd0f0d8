/**
 * One server of the benchmark: `serve.ts <variant> [VARIABLE=value …]`; prints `{"port", "opened_ms"}`.
 * All variants answer the same text at `/text` and the same rendered page at `/page`.
 */
import { App } from "fresh";
import { h } from "preact";
import { parseConfig } from "../lib/config.ts";
import { middlewareOf } from "../lib/guard/middleware.ts";
import { openServices } from "../lib/services.ts";
import { openKv } from "../lib/store/open.ts";
import type { State } from "../utils.ts";

const [variant, ...settings] = Deno.args;
let opened_ms = 0;
Deno.stdin.readable.pipeTo(new WritableStream()).then(() => Deno.exit());
const handler = await make();
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ port, opened_ms })),
}, handler);

async function make(): Promise<Deno.ServeHandler<Deno.NetAddr>> {
  switch (variant) {
    case "bare":
      return () => new Response("Hello");
    case "unguarded":
      return routes(new App<State>()).handler();
    case "guarded":
      return routes(await guarded()).handler();
    default:
      throw new Error(`Cannot serve "${variant}"`);
  }
}

/** An app behind a guard; `/detect?at=` runs the detection job, unguarded. */
async function guarded(): Promise<App<State>> {
  const config = parseConfig({
    KV_PATH: ":memory:",
    TRUSTED_PROXIES: "127.0.0.1",
    ...Object.fromEntries(settings.map((each) => each.split("=", 2))),
  });
  const kv = await openKv(config.kvPath);
  const started = performance.now();
  const services = await openServices({ config, kv });
  opened_ms = performance.now() - started;
  Deno.addSignalListener("SIGTERM", async () => {
    await services.close();
    kv.close();
    Deno.exit();
  });
  return new App<State>()
    .get("/detect", async (ctx) => {
      const at = Number(ctx.url.searchParams.get("at"));
      return Response.json(await services.detect({ at, dryRun: true }));
    })
    .use(middlewareOf(services.guard));
}

/** A page of about the size of the login page. */
function routes(app: App<State>): App<State> {
  const rows = Array.from({ length: 24 }, (_, i) => i);
  return app
    .get("/text", (ctx) => ctx.text("Hello"))
    .get("/page", (ctx) =>
      ctx.render(
        h("html", { lang: "en" }, [
          h("head", null, h("title", null, "Page")),
          h("body", null, [
            h("h1", null, "A page"),
            h("p", null, `You asked for ${ctx.url.pathname}`),
            h(
              "table",
              null,
              rows.map((i) =>
                h("tr", { key: i }, [
                  h("th", { scope: "row" }, `Row ${i}`),
                  h("td", { class: "number" }, i * i),
                  h("td", null, h("a", { href: `/page?row=${i}` }, "more")),
                ])
              ),
            ),
          ]),
        ]),
      ));
}
