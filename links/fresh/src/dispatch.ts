import {
  Context,
  type Internals,
  internalsOf,
  requestUrl,
  type Runtime,
} from "./context.ts";
import { ALL_METHODS } from "./endpoint.ts";
import { answerRootError } from "./errors.ts";
import { HttpError } from "./http_error.ts";
import type { Plan } from "./plan.ts";
import type { Middleware } from "./types.ts";
import { decodeParams, type RouteEntry, type Router } from "./router.ts";
import { inSpan, nameByRoute } from "./tracing.ts";

/** A request handler for Deno.serve. */
export type Handler = (
  req: Request,
  info?: Deno.ServeHandlerInfo,
) => Promise<Response>;

const NO_CSS: readonly string[] = [];
const DEFAULT_INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 8080 },
  completed: Promise.resolve(),
};

/**
 * Makes the function that routes each request. Unmatched requests pass the root's middlewares too,
 * by the fallback plan.
 *
 * As upstream, it fails before any middleware for a host that makes no valid URL, a parameter that
 * cannot be decoded and an unsupported method: a guard has to wrap the app.
 */
export function createDispatcher(
  runtime: Runtime,
  router: Router<Plan>,
  fallback: Plan,
): Handler {
  const { trustProxy } = runtime.config;

  return async function dispatch(req, info = DEFAULT_INFO) {
    const url = requestUrl(req, trustProxy);
    const { pathname } = url;
    const match = router.match(pathname);
    const method = req.method.toUpperCase();
    if (match !== null) nameByRoute(method, match.entry.pattern);
    let plan: Plan | undefined;
    let params: Record<string, string> = Object.create(null);
    let end: Response | Error | null = null;
    if (match === null) {
      end = new HttpError(404);
    } else if (!(ALL_METHODS as string[]).includes(method)) {
      console.error(
        new TypeError(`Cannot route ${method}: expected another method`),
      );
      return new Response("Internal server error", { status: 500 });
    } else {
      const { byMethod } = match.entry;
      plan = byMethod.get(method) ??
        (method === "HEAD" ? byMethod.get("GET") : undefined);
      if (plan === undefined) end = withoutMethod(match.entry, method);
      else params = decodeParams(match.groups);
    }
    plan ??= fallback;

    const internals: Internals = {
      runtime,
      chain: plan.chain,
      at: 0,
      scope: plan.scope,
      pathname,
      nonce: null,
      end,
      css: NO_CSS,
    };
    const route = match?.entry.pattern ?? null;
    const ctx = new Context(internals, req, info, url, route, params);
    const { chain, scope, error: errorRoute } = plan;
    const [first] = chain as [Middleware];
    const count = { "fresh.middleware.count": chain.length };
    return await inSpan("middlewares", count, async () => {
      try {
        return await withoutBody(method, needResponse(await first(ctx)));
      } catch (error) {
        internals.scope = scope;
        return await answerRootError(
          ctx,
          error,
          errorRoute,
          (response) => withoutBody(method, response),
        );
      }
    });
  };
}

/** The end of the fallback plan. */
export function endHandler(ctx: Context<unknown>): Response {
  const { end } = internalsOf(ctx);
  if (end instanceof Response) return end;
  throw end;
}

function needResponse(response: unknown): Response {
  if (response instanceof Response) return response;
  throw new Error(`Cannot answer with ${response}: expected a Response`);
}

function withoutMethod(
  { byMethod }: RouteEntry<Plan>,
  method: string,
): Response | Error {
  if (method !== "OPTIONS") return new HttpError(405);
  const allow = [...byMethod.keys()].join(", ");
  return new Response(null, { status: 204, headers: { allow } });
}

async function withoutBody(
  method: string,
  response: Response,
): Promise<Response> {
  if (method !== "HEAD" || response.body === null) return response;
  await response.body.cancel();
  return new Response(null, response);
}
