/**
 * Spans within a request, as upstream has them. If OTEL_DENO is set, Deno registers a tracer in the
 * global of OpenTelemetry's API; otherwise nothing here has an effect.
 *
 * @module
 */
import VERSION from "../deno.json" with { type: "json" };

type Attributes = Record<string, string | number>;

interface Span {
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  updateName(name: string): void;
  setAttribute(name: string, value: string | number): void;
  recordException(error: Error): void;
  setStatus(status: { code: number; message: string }): void;
  end(): void;
}

interface Tracer {
  startActiveSpan<T>(
    name: string,
    options: { attributes: Attributes },
    run: (span: Span) => T,
  ): T;
}

interface Api {
  trace?: { getTracer(name: string, version: string): Tracer };
  context?: { active(): { getValue(key: symbol): Span | undefined } };
}

const REGISTERED = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const ERROR_STATUS = 2;

const { trace, context } = (globalThis as { [REGISTERED]?: Api })[REGISTERED] ??
  {};
const tracer = trace?.getTracer("fresh", VERSION.version) ?? null;

function activeSpan(): Span | undefined {
  return context?.active().getValue(SPAN);
}

/** Names the request's span after its route. */
export function nameByRoute(method: string, pattern: string): void {
  if (tracer === null) return;
  const span = activeSpan();
  span?.updateName(`${method} ${pattern}`);
  span?.setAttribute("http.route", pattern);
}

/** Runs something within a span of its own. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  run: (set: (name: string, value: string) => void) => Promise<T> | T,
): Promise<T> {
  if (tracer === null) return await run(() => {});
  return await tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await run((name, value) => span.setAttribute(name, value));
    } catch (error) {
      if (error instanceof Error) span.recordException(error);
      else span.setStatus({ code: ERROR_STATUS, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The current span for the browser, as a W3C traceparent; null without one. */
export function traceparent(): string | null {
  const span = tracer === null ? undefined : activeSpan();
  if (span === undefined) return null;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags & 1 ? "01" : "00"}`;
}
