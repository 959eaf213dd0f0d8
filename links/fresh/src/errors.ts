import { type Context, internalsOf } from "./context.ts";
import { type Endpoint, routeEndpoint } from "./endpoint.ts";
import { HttpError, STATUS_TEXT } from "./http_error.ts";
import type { Route } from "./types.ts";

/** The HTTP status for an error. */
export function errorStatus(error: unknown): number {
  return error instanceof HttpError ? error.status : 500;
}

/** A route that shows errors. */
export function errorPage<Data, State>(route: Route<Data, State>): Endpoint {
  return routeEndpoint(route, undefined, errorStatus);
}

/**
 * Handles an error with a segment's error route. A 404 is rethrown if there is a notFound route,
 * which has precedence; errors of the error route are rethrown, too.
 */
export async function answerError(
  ctx: Context<unknown>,
  error: unknown,
  route: Endpoint,
): Promise<Response> {
  const { notFound } = internalsOf(ctx).runtime;
  if (isNotFound(error) && notFound !== null) throw error;
  ctx.error = error;
  return await route(ctx);
}

/** Handles errors that reached the root. Never rejects. */
export async function answerRootError(
  ctx: Context<unknown>,
  error: unknown,
  route: Endpoint | null,
  finish: (response: Response) => Promise<Response>,
): Promise<Response> {
  const { notFound } = internalsOf(ctx).runtime;
  const isMissing = isNotFound(error) && notFound !== null;
  const page = isMissing ? notFound : route;
  if (page === null) return plainAnswer(error);
  // An unmatched path is not an error.
  if (ctx.route !== null || !isMissing) ctx.error = error;
  try {
    return await finish(await page(ctx));
  } catch (thrown) {
    return plainAnswer(thrown);
  }
}

function plainAnswer(error: unknown): Response {
  const status = errorStatus(error);
  if (status >= 500) console.error(error);
  if (!(error instanceof HttpError)) {
    return new Response("Internal server error", { status });
  }
  const message = error.message || STATUS_TEXT[status];
  return new Response(message ?? null, { status });
}

/** Whether notFound handles an error. */
export function isNotFound(error: unknown): boolean {
  return error instanceof HttpError && error.status === 404;
}
