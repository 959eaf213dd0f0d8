/**
 * The part of Fresh 2.3.3 that this project uses, reimplemented on preact-render-to-string and
 * Deno.bundle, for environments that cannot reach JSR.
 */
export { App } from "./src/app.ts";
export type { Context } from "./src/context.ts";
export { createDefine, type Define, page } from "./src/define.ts";
export { HttpError } from "./src/http_error.ts";
export { csp, type CSPOptions } from "./src/middlewares/csp.ts";
export { csrf, type CsrfOptions } from "./src/middlewares/csrf.ts";
export { staticFiles } from "./src/middlewares/static_files.ts";
export type {
  FreshConfig,
  HandlerByMethod,
  HandlerFn,
  LayoutConfig,
  LazyRoute,
  Method,
  Middleware,
  PageProps,
  PageResponse,
  ResolvedFreshConfig,
  Route,
  RouteConfig,
  RouteHandler,
} from "./src/types.ts";
