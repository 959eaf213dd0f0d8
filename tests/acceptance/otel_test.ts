import { assert, assertEquals } from "@std/assert";
import { serve } from "../registry/_newcomer.ts";
import { startServer, taskEnv } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { type Span, startCollector } from "./_collector.ts";
import { startProxy } from "./_proxy.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** Requests a path as part of a trace; with a distinct method, as each is another span. */
async function ask(url: string, method = "GET"): Promise<void> {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: { traceparent: `00-${TRACE}-${PARENT}-01` },
  });
  await response.body?.cancel();
}

/** The span of a request for a path, once it has been exported. */
function spanOf(spans: () => Span[], path: string): Promise<Span> {
  return waitFor(
    `the span of ${path}`,
    () =>
      spans().find((span) =>
        span.traceId === TRACE && span.parentSpanId === PARENT &&
        span.attributes["url.path"] === path
      ) ?? null,
  );
}

Deno.test("OpenTelemetry: Deno's own switch sends spans, metrics and logs with the permissions that start has", async () => {
  await using collector = startCollector();
  const { env, spans, metrics, logs } = collector;
  await using server = await startServer({
    env: { ...env, GEO_PROVIDER: "off" },
  });
  await ask(`${server.origin}/login`);
  const span = await spanOf(spans, "/login");
  assertEquals(span.name, "GET /login");
  assertEquals(span.attributes["http.route"], "/login");
  assertEquals(String(span.attributes["http.response.status_code"]), "200");
  // Not the requested URL: the pattern that it matches.
  await ask(`${server.origin}/admin/ip/203.0.113.9`);
  const dossier = await spanOf(spans, "/admin/ip/203.0.113.9");
  assertEquals(dossier.name, "GET /admin/ip/:ip*");
  assertEquals(dossier.attributes["http.route"], "/admin/ip/:ip*");
  await waitFor(
    "the metrics",
    () => metrics().includes("http.server.request.duration"),
  );
  await waitFor(
    "the logs",
    () => logs().some((text) => text.startsWith("Portcullis serves on")),
  );
});

Deno.test("OpenTelemetry: behind proxy --console, the console's spans have routes, the app's have none", async () => {
  await using app = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("app"),
  );
  await using collector = startCollector();
  const { env, spans } = collector;
  await using proxy = await startProxy(
    `http://127.0.0.1:${app.addr.port}`,
    { ...env, KV_PATH: ":memory:" },
    ...["--console", "/portcullis"],
  );
  await ask(`${proxy.origin}/portcullis/login`);
  await ask(`${proxy.origin}/articles/7`);
  const page = await spanOf(spans, "/portcullis/login");
  assertEquals(page.attributes["http.route"], "/login");
  const proxied = await spanOf(spans, "/articles/7");
  assertEquals(proxied.name, "GET");
  assert(!("http.route" in proxied.attributes));
});

Deno.test("OpenTelemetry: in another app, the console's spans have routes", async () => {
  await using collector = startCollector();
  const { env, spans } = collector;
  const store = await Deno.makeTempDir({ prefix: "portcullis_otel_" });
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-kv", "--unstable-cron", "main.ts"],
    cwd: `${ROOT}examples/deno_serve`,
    clearEnv: true,
    env: taskEnv({
      ...env,
      KV_PATH: `${store}/p.db`,
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
      NO_COLOR: "1",
    }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  try {
    await using app = await serve(child);
    await ask(`${app.origin}/portcullis/login`);
    await ask(`${app.origin}/`);
    const page = await spanOf(spans, "/portcullis/login");
    assertEquals(page.name, "GET /login");
    assertEquals(page.attributes["http.route"], "/login");
    const own = await spanOf(spans, "/");
    assert(!("http.route" in own.attributes));
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
