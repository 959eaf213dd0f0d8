import type { VNode } from "preact";
import { type Context, internalsOf } from "./context.ts";
import { HttpError } from "./http_error.ts";
import { componentResult, pageProps } from "./render/component.ts";
import { inSpan } from "./tracing.ts";
import type {
  HandlerByMethod,
  HandlerFn,
  LazyRoute,
  Method,
  Middleware,
  Route,
  RouteConfig,
} from "./types.ts";

/** Handles a request at the end of a chain. */
export type Endpoint = Middleware;

/** The methods that `all()` and file routes are registered for. */
export const ALL_METHODS: Method[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
];

const HANDLER_SPAN = { "fresh.span_type": "fs_routes/handler" };

/** Makes an endpoint of a route; a lazy one is loaded by its first request. */
export function routeEndpoint(
  // deno-lint-ignore no-explicit-any
  route: Route<any, any> | LazyRoute<any, any>,
  config?: RouteConfig,
  status?: (error: unknown) => number,
): Endpoint {
  // deno-lint-ignore no-explicit-any
  let loaded: Route<any, any> | null = typeof route === "function"
    ? null
    : route;
  return async function routeHandler(ctx) {
    if (loaded === null) {
      const load = route as LazyRoute;
      const attributes = { "fresh.route_name": load.name || "anonymous" };
      loaded = await inSpan("lazy-route", attributes, () => load());
    }
    return await answer(ctx, loaded, config ?? loaded.config, status);
  };
}

async function answer(
  ctx: Context<unknown>,
  route: Route,
  config: RouteConfig | undefined,
  status?: (error: unknown) => number,
): Promise<Response> {
  const init: ResponseInit & { headers?: HeadersInit } = {};
  if (status !== undefined) init.status = status(ctx.error);

  let data: unknown = {};
  if (!route.handler && route.component === undefined) throw new HttpError(404);
  const handler = handlerFor(ctx, route, status !== undefined);
  const result = await inSpan(
    "handler",
    HANDLER_SPAN,
    () => handler === null ? { data } : handler(ctx),
  );
  if (result instanceof Response) return result;
  data = result.data;
  if (result.status !== undefined) init.status = result.status;
  if (result.headers !== undefined) init.headers = result.headers;
  if (route.component === undefined) {
    return await ctx.render(null, init, config);
  }
  const props = pageProps(ctx, null, data);
  const content = await componentResult(route.component, props);
  if (content instanceof Response) return content;
  internalsOf(ctx).css = route.css ?? [];
  return await ctx.render(content as VNode, init, config);
}

/** Null: no handler runs before the component. */
function handlerFor(
  ctx: Context<unknown>,
  route: Route,
  isErrorPage: boolean,
): HandlerFn | null {
  const { handler, component } = route;
  if (handler === undefined || typeof handler === "function") {
    return handler ?? null;
  }
  const method = ctx.req.method.toUpperCase() as Method;
  const own = byMethod(handler, method);
  if (own !== undefined) return own;
  const isRead = method === "GET" || method === "HEAD";
  if (component !== undefined && (isRead || isErrorPage)) return null;
  throw new HttpError(404);
}

function byMethod(
  handler: HandlerByMethod,
  method: Method,
): HandlerFn | undefined {
  if (Object.hasOwn(handler, method)) return handler[method];
  return method === "HEAD" ? handler.GET : undefined;
}
