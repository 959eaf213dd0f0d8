import { type Context, internalsOf } from "./context.ts";
import { type Endpoint, routeEndpoint } from "./endpoint.ts";
import { errorDocument } from "./error_document.ts";
import { HttpError, MethodNotAllowed } from "./http_error.ts";
import type { Route } from "./types.ts";

/** The status that an error is answered with. */
export function errorStatus(error: unknown): number {
  return error instanceof HttpError ? error.status : 500;
}

/** A route that shows errors. Only a handler of one's own can hush the log. */
export function errorPage<Data, State>(route: Route<Data, State>): Endpoint {
  const show = routeEndpoint(route, undefined, errorStatus);
  return function errorPageHandler(ctx) {
    logError(ctx.error);
    return show(ctx);
  };
}

/**
 * Answers an error by a segment's error route. A 404 is rethrown where there
 * is a notFound route, which wins; so is what the error route itself throws.
 */
export async function answerError(
  ctx: Context,
  error: unknown,
  route: Endpoint,
): Promise<Response> {
  if (isNotFound(error) && internalsOf(ctx).runtime.notFound !== null) {
    throw error;
  }
  ctx.error = error;
  return withAllow(await route(ctx), error);
}

/** Answers whatever came through to the root. Never rejects. */
export async function answerRootError(
  ctx: Context,
  error: unknown,
  route: Endpoint | null,
): Promise<Response> {
  const { notFound } = internalsOf(ctx).runtime;
  for (const page of isNotFound(error) ? [notFound, route] : [route]) {
    if (page === null) continue;
    ctx.error = error;
    try {
      return withAllow(await page(ctx), error);
    } catch (thrown) {
      error = thrown;
    }
  }
  return withAllow(plainAnswer(ctx, error), error);
}

function plainAnswer(ctx: Context, error: unknown): Response {
  const status = errorStatus(error);
  logError(error);
  if (status >= 500 && ctx.config.mode === "development") {
    return errorDocument(error, status);
  }
  const message = error instanceof HttpError
    ? error.message
    : "Internal Server Error";
  return new Response(message, { status });
}

function logError(error: unknown): void {
  if (errorStatus(error) >= 500) console.error(error);
}

function isNotFound(error: unknown): boolean {
  return error instanceof HttpError && error.status === 404;
}

function withAllow(response: Response, error: unknown): Response {
  if (!(error instanceof MethodNotAllowed)) return response;
  const headers = new Headers(response.headers);
  headers.set("allow", error.allow);
  return new Response(response.body, { status: response.status, headers });
}
