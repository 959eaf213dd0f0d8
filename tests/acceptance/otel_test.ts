import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";

// deno-lint-ignore no-explicit-any -- OTLP's JSON, of which little is looked at.
type Json = any;

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

Deno.test("OpenTelemetry: Deno's own switch sends spans, metrics and logs with the permissions that start has", async () => {
  const got: { path: string; json: Json }[] = [];
  const collector = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      got.push({
        path: new URL(request.url).pathname,
        json: await request.json(),
      });
      return Response.json({});
    },
  );
  const spans = () =>
    got.flatMap(({ json }) =>
      (json.resourceSpans ?? []).flatMap(({ scopeSpans }: Json) =>
        scopeSpans.flatMap(({ spans }: Json) => spans)
      )
    );
  const metrics = () =>
    got.flatMap(({ json }) =>
      (json.resourceMetrics ?? []).flatMap(({ scopeMetrics }: Json) =>
        scopeMetrics.flatMap(({ metrics }: Json) =>
          metrics.map(({ name }: Json) => name)
        )
      )
    );
  const logs = () =>
    got.flatMap(({ json }) =>
      (json.resourceLogs ?? []).flatMap(({ scopeLogs }: Json) =>
        scopeLogs.flatMap(({ logRecords }: Json) =>
          logRecords.map(({ body }: Json) => body.stringValue)
        )
      )
    );
  {
    await using server = await startServer({
      env: {
        OTEL_DENO: "true",
        OTEL_SERVICE_NAME: "portcullis",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_METRIC_EXPORT_INTERVAL: "300",
        OTEL_BSP_SCHEDULE_DELAY: "100",
        OTEL_BLRP_SCHEDULE_DELAY: "100",
        GEO_PROVIDER: "off",
      },
    });
    const response = await fetch(`${server.origin}/login`, {
      headers: { traceparent: `00-${TRACE}-${PARENT}-01` },
    });
    await response.body?.cancel();
    const until = performance.now() + 10_000;
    while (
      performance.now() < until &&
      !(spans().length && metrics().includes("http.server.request.duration") &&
        logs().length)
    ) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await collector.shutdown();

  const span = spans().find((each) =>
    each.traceId === TRACE && each.parentSpanId === PARENT
  );
  assert(span, "the request's span is there, in the caller's trace");
  assertEquals(span.name, "GET /login");
  const attributes = Object.fromEntries(
    span.attributes.map(({ key, value }: Json) => [
      key,
      Object.values(value)[0],
    ]),
  );
  assertEquals(attributes["url.path"], "/login");
  assertEquals(String(attributes["http.response.status_code"]), "200");
  assert(metrics().includes("http.server.request.duration"));
  assert(logs().some((text) => text.startsWith("Portcullis serves on")));
});
