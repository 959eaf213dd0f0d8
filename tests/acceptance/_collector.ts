/**
 * An OpenTelemetry collector on the loopback, which stores what it receives.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any -- OTLP's JSON, of which little is looked at.
export type Json = any;

/** A span, with its attributes by name. */
export interface Span {
  name: string;
  traceId: string;
  parentSpanId: string;
  attributes: Record<string, unknown>;
}

/** Starts one; `env` configures Deno to use it. */
export function startCollector() {
  const got: Json[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      got.push(await request.json());
      return Response.json({});
    },
  );
  const all = (resources: string, scopes: string, kind: string): Json[] =>
    got.flatMap((json) =>
      (json[resources] ?? []).flatMap((resource: Json) =>
        resource[scopes].flatMap((scope: Json) => scope[kind])
      )
    );
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_SERVICE_NAME: "portcullis",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "300",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_BLRP_SCHEDULE_DELAY: "100",
    },
    spans: (): Span[] =>
      all("resourceSpans", "scopeSpans", "spans").map((span: Json) => ({
        ...span,
        attributes: Object.fromEntries(
          span.attributes.map(({ key, value }: Json) => [
            key,
            Object.values(value)[0],
          ]),
        ),
      })),
    metrics: (): string[] =>
      all("resourceMetrics", "scopeMetrics", "metrics")
        .map(({ name }: Json) => name),
    logs: (): string[] =>
      all("resourceLogs", "scopeLogs", "logRecords")
        .map(({ body }: Json) => body.stringValue),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
