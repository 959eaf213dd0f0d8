import {
  Context,
  type Internals,
  internalsOf,
  noUrl,
  requestUrl,
  type Runtime,
} from "./context.ts";
import { answerRootError } from "./errors.ts";
import { HttpError, MethodNotAllowed } from "./http_error.ts";
import { rawPathname } from "./path.ts";
import type { Plan } from "./plan.ts";
import type { RouteEntry, Router } from "./router.ts";

/** Answers requests; what Deno.serve takes. */
export type Handler = (
  req: Request,
  info?: Deno.ServeHandlerInfo,
) => Promise<Response>;

const NO_PARAMS: Record<string, string> = Object.freeze({});
const NO_CSS: readonly string[] = [];
const DEFAULT_INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 8080 },
  completed: Promise.resolve(),
};

/**
 * Makes the function that takes each request to its route. What has no route
 * passes the root's middlewares too, by way of the fallback plan: a middleware
 * that logs or guards sees every request.
 */
export function createDispatcher(
  runtime: Runtime,
  router: Router<Plan>,
  fallback: Plan,
): Handler {
  const { trustProxy } = runtime.config;

  return async function dispatch(req, info = DEFAULT_INFO) {
    let pathname = rawPathname(req.url);
    let url: URL | null = null;
    let params = NO_PARAMS;
    let end: Response | Error | null = null;
    // A path that equals a static route needs no parsing: it is normal.
    let entry = router.matchStatic(pathname);
    if (entry === undefined) {
      try {
        url = requestUrl(req, trustProxy);
        pathname = url.pathname;
        const match = router.match(pathname);
        if (match === null) {
          end = new HttpError(404);
        } else {
          ({ entry, params } = match);
        }
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        end = error;
        url ??= noUrl();
      }
    }

    const { method } = req;
    let plan = entry?.byMethod.get(method) ??
      (method === "HEAD" ? entry?.byMethod.get("GET") : undefined);
    if (plan === undefined) {
      plan = fallback;
      end ??= withoutMethod(entry!, method);
    }

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
    const route = entry?.pattern ?? null;
    const ctx = new Context(internals, req, info, url, route, params);
    let response: Response;
    try {
      response = await plan.chain[0]!(ctx);
    } catch (error) {
      internals.scope = plan.scope;
      response = await answerRootError(ctx, error, plan.error);
    }
    return method === "HEAD" ? withoutBody(response) : response;
  };
}

/** The end of the fallback plan. */
export function endHandler(ctx: Context): Response {
  const { end } = internalsOf(ctx);
  if (end instanceof Response) return end;
  throw end;
}

function withoutMethod(
  { byMethod }: RouteEntry<Plan>,
  method: string,
): Response | Error {
  const methods = new Set<string>();
  for (const [name, plan] of byMethod) {
    if (plan.methods?.includes(name as never) ?? true) methods.add(name);
  }
  if (methods.has("GET")) methods.add("HEAD");
  methods.add("OPTIONS");
  const allow = [...methods].join(", ");
  return method === "OPTIONS"
    ? new Response(null, { status: 204, headers: { allow } })
    : new MethodNotAllowed(allow);
}

async function withoutBody(response: Response): Promise<Response> {
  if (response.body === null) return response;
  await response.body.cancel();
  return new Response(null, response);
}
