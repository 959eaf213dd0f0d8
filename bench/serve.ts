/**
 * One server of the benchmark: `serve.ts <variant>`; prints its port. All variants answer the same
 * text at `/text` and the same rendered page at `/page`.
 */
import { App } from "fresh";
import { h } from "preact";
import { parseConfig } from "../lib/config.ts";
import { blockMany } from "../lib/guard/access_import.ts";
import { middlewareOf } from "../lib/guard/middleware.ts";
import { openServices } from "../lib/services.ts";
import { openKv } from "../lib/store/open.ts";
import type { State } from "../utils.ts";

const variant = Deno.args[0];
const handler = await make();
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, handler);

async function make(): Promise<Deno.ServeHandler<Deno.NetAddr>> {
  switch (variant) {
    case "bare":
      return () => new Response("Hello");
    case "unguarded":
      return routes(new App<State>()).handler();
    case "guarded":
      return routes(new App<State>().use(middlewareOf(await openGuard(0))))
        .handler();
    case "million":
      return routes(
        new App<State>().use(middlewareOf(await openGuard(1_000_000))),
      )
        .handler();
    default:
      throw new Error(`Cannot serve "${variant}"`);
  }
}

/** A guard on a KV file of its own, with a blocklist of about `entries`. */
async function openGuard(entries: number) {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_bench_" });
  const kv = await openKv(`${folder}/kv.db`);
  const now = Date.now;
  // 203.0.113.66 is what the load of the blocked scenario says it is.
  await blockMany(kv, now, blocklist(entries), { force: true });
  const config = parseConfig({ TRUSTED_PROXIES: "127.0.0.1" });
  const services = await openServices({ config, kv, now });
  Deno.addSignalListener("SIGTERM", async () => {
    await services.close();
    kv.close();
    await Deno.remove(folder, { recursive: true });
    Deno.exit();
  });
  return services.guard;
}

/** 70 % addresses and 30 % ranges of all lengths, both families, none of which is loopback. */
function* blocklist(entries: number) {
  yield { ip: "203.0.113.66", created_by: "bench" };
  let seed = 42;
  const random = () => seed = Math.imul(seed, 48_271) + 11 >>> 0;
  const hex = () => (random() >>> 16).toString(16);
  for (let i = 0; i < entries; i++) {
    const isRange = i % 10 < 3;
    if (i % 2 === 0) {
      const ip = `${128 + random() % 60}.${random() >>> 24}.${
        random() >>> 24
      }.${random() >>> 24}`;
      yield { ip: isRange ? `${ip}/${20 + i % 12}` : ip, created_by: "bench" };
    } else {
      const ip = `2${
        hex().padStart(3, "0").slice(0, 3)
      }:${hex()}:${hex()}:${hex()}::${hex()}`;
      yield { ip: isRange ? `${ip}/${40 + i % 60}` : ip, created_by: "bench" };
    }
  }
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
