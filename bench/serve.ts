/**
 * A server of the benchmark: `serve.ts <variant> [VARIABLE=value …]`; prints
 * `{"port", "opened_ms"}`. All variants send the same text at `/text` and the same rendered page at
 * `/page`.
 */
import { App, type Context } from "fresh";
import { h } from "preact";
import { parseConfig } from "../lib/settings/config.ts";
import { peerAddress } from "../lib/guard/info.ts";
import { packagedOperators } from "../lib/geo/packaged.ts";
import { openOperators } from "../lib/geo/open_operators.ts";
import { guardHandler } from "../lib/guard/handler.ts";
import type { GuardSettings } from "../lib/guard/open_guard.ts";
import { dbip } from "../dbip.ts";
import { middlewareOf } from "../lib/guard/middleware.ts";
import { pathOf } from "../lib/http/record_fields.ts";
import { COLUMNS } from "../lib/log/columns.ts";
import { blockedResponse } from "../lib/guard/refusal.ts";
import { SIGNALS } from "../lib/signals/signal.ts";
import { openServices } from "../lib/app/services.ts";
import { openKv } from "../lib/store/open.ts";
import type { State } from "../utils.ts";

const [variant, ...settings] = Deno.args;
const refusal = blockedResponse("/", "0123456789AB");
const alike = { headers: [...refusal.headers], text: await refusal.text() };
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
    case "nothing":
      return around(() => new Response("Hello"));
    case "reading_fields":
      return readingFields();
    case "reading_and_storing":
      return readingFields(await textStore());
    case "guard":
      return await guardedHandler();
    case "guard_with_all": {
      const operators = openOperators({ source: packagedOperators });
      // Packing them would count as time of the first requests.
      await operators.ready();
      return await guardedHandler({
        geo: dbip,
        operators,
        policy: thirtyRules(),
      });
    }
    case "refusing":
      return () => blockedResponse("/", "0123456789AB");
    case "reading":
      return routes(new App<State>().use(reading())).handler();
    case "storing":
      return routes(new App<State>().use(reading(await storing()))).handler();
    case "unguarded":
      return routes(new App<State>()).handler();
    case "guarded":
      return routes(await guarded()).handler();
    default:
      throw new Error(`Cannot serve "${variant}"`);
  }
}

/** Does nothing, as a minimal middleware. */
function around(
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.ServeHandler<Deno.NetAddr> {
  return (request, info) => handler(request, info);
}

/** A text behind the guard alone, as in users' apps. */
async function guardedHandler(options: GuardSettings = {}) {
  const config = Object.fromEntries(
    settings.map((each) => each.split("=", 2)),
  );
  const handler = guardHandler(() => new Response("Hello"), {
    kv: await openKv(config.KV_PATH!),
    trustedProxies: ["127.0.0.1"],
    ...options,
  });
  const { geo } = await handler.ready();
  await geo.whenReady();
  return handler;
}

/** Rules of every kind, none of which delays or refuses a request of the mix. */
function thirtyRules() {
  return Array.from({ length: 6 }, (_, i) => [
    { name: `a${i}`, refuse: true, when: { signal: SIGNALS[i]! } },
    { name: `b${i}`, refuse: true, when: { path: `/old/${i}/*` } },
    { name: `c${i}`, refuse: true, when: { asn: [64_512 + i] } },
    { name: `d${i}`, challenge: true, when: { user_agent: `*bot${i}*` } },
    { name: `e${i}`, limit: "1000/m", when: { path: `/api/v${i}/*` } },
  ]).flat();
}

/** Reads the fields of a request record and drops them: the minimum work of any request log. */
function readingFields(
  store: (texts: string[]) => void = () => {},
): Deno.ServeHandler<Deno.NetAddr> {
  let read = 0;
  return (request, info) => {
    const { headers } = request;
    const texts = [request.url];
    for (const name of ["host", "user-agent", "referer", "x-forwarded-for"]) {
      texts.push(headers.get(name) ?? "");
    }
    const started = performance.now();
    read += request.method.length + Date.now() +
      peerAddress(info.remoteAddr).length;
    const response = new Response("Hello");
    read += response.status + performance.now() - started;
    store(texts);
    return response;
  };
}

/** Stores the texts read every 50 ms: each text once per chunk, by its number, and nothing else. */
async function textStore(): Promise<(texts: string[]) => void> {
  const kv = await openKv(settings[0]!.split("=", 2)[1]!);
  const records = 600;
  let waiting: string[][] = [];
  let n = 0;
  setInterval(async () => {
    const all = waiting;
    waiting = [];
    const commit = kv.atomic();
    for (let from = 0; from < all.length; from += records) {
      const numbers = new Map<string, number>();
      const rows = new Uint16Array(records * COLUMNS);
      for (const [row, texts] of all.slice(from, from + records).entries()) {
        for (const [column, text] of texts.entries()) {
          const number = numbers.get(text) ?? numbers.size;
          if (number === numbers.size) numbers.set(text, number);
          rows[row * COLUMNS + column] = number;
        }
      }
      const chunk = { rows, strings: [...numbers.keys()] };
      commit.set(["log", n++], chunk, { expireIn: 3_600_000 });
    }
    await commit.commit();
  }, 50);
  return (texts) => void waiting.push(texts);
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

/**
 * Reads the fields of a request record, and keeps them for as long as the log does before it
 * writes: the minimum for a guard that logs.
 */
function reading(store: (records: number) => unknown = () => {}) {
  let records: unknown[] = [];
  setInterval(() => {
    store(records.length);
    records = [];
  }, 50);
  return async (ctx: Context<State>): Promise<Response> => {
    const { req, info } = ctx;
    const timestamp = Date.now();
    const started = performance.now();
    const response = await ctx.next();
    records.push({
      timestamp,
      ip_address: peerAddress(info.remoteAddr),
      method: req.method,
      path: pathOf(req.url),
      status: response.status,
      duration_ms: performance.now() - started,
      user_agent: req.headers.get("user-agent"),
      referrer: req.headers.get("referer"),
    });
    return response;
  };
}

/**
 * Stores as many bytes as the log does for this many records with repeated texts, prepared
 * beforehand: the cost of Deno KV alone.
 */
async function storing(): Promise<(records: number) => Promise<void>> {
  const kv = await openKv(settings[0]!.split("=", 2)[1]!);
  let n = 0;
  return async (records) => {
    const commit = kv.atomic();
    for (let left = records; left > 0; left -= 1_500) {
      const rows = new Uint16Array(Math.min(left, 1_500) * COLUMNS);
      commit.set(["log", n++], { rows }, { expireIn: 3_600_000 });
    }
    await commit.commit();
  };
}

/**
 * A text, a page of about the size of the login page, and the response to a blocked client, with
 * status 200.
 */
function routes(app: App<State>): App<State> {
  const rows = Array.from({ length: 24 }, (_, i) => i);
  return app
    .get("/text", (ctx) => ctx.text("Hello"))
    .get("/page/:number", (ctx) => ctx.text("Hello"))
    .get("/alike", () => new Response(alike.text, { headers: alike.headers }))
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
