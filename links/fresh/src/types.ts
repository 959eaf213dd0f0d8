import type { ComponentChildren, FunctionComponent } from "preact";
import type { Context } from "./context.ts";

/** The supported methods of routes and handler objects. */
export type Method =
  | "GET"
  | "HEAD"
  | "POST"
  | "PUT"
  | "PATCH"
  | "DELETE"
  | "OPTIONS";

/** Options of `new App()`. */
export interface FreshConfig {
  /**
   * The base path of every route.
   * @default ""
   */
  basePath?: string;
  /** @default "production" */
  mode?: "development" | "production";
  /**
   * Trust `X-Forwarded-Proto` and `X-Forwarded-Host` in `ctx.url`. Any client can send these: only
   * behind a proxy that overwrites them.
   * @default false
   */
  trustProxy?: boolean;
}

/** The configuration including all defaults. */
export interface ResolvedFreshConfig extends Required<FreshConfig> {
  /** Folder of the project. */
  root: string;
}

/** Gets the request's context and answers, or calls `ctx.next()`. */
// deno-lint-ignore no-explicit-any
export type Middleware<State = any> = (
  ctx: Context<State>,
) => Response | Promise<Response>;

/** The result of a page's handler other than a Response. */
export interface PageResponse<Data> {
  data: Data;
  status?: number;
  headers?: HeadersInit;
}

/** Handles a request; returned data is passed to the page component. */
export type HandlerFn<Data = unknown, State = unknown> = (
  ctx: Context<State>,
) =>
  | Response
  | PageResponse<Data>
  | Promise<Response | PageResponse<Data>>;

/** Handlers by HTTP method. */
export type HandlerByMethod<Data = unknown, State = unknown> = {
  [M in Method]?: HandlerFn<Data, State>;
};

/** One handler for all methods, or an object of handlers by method. */
export type RouteHandler<Data = unknown, State = unknown> =
  | HandlerFn<Data, State>
  | HandlerByMethod<Data, State>;

/** The props of page, layout and app components. */
export interface PageProps<Data = unknown, State = unknown> {
  /** The content that this component wraps: the page, or the next layout. */
  Component: FunctionComponent;
  config: ResolvedFreshConfig;
  /** The data of `page(data)` from the handler. */
  data: Data;
  /** The error, on error pages; null elsewhere. */
  error: unknown;
  info: Deno.ServeHandlerInfo;
  isPartial: boolean;
  params: Record<string, string>;
  req: Request;
  /** Pattern of the matched route, e.g. `/admin/ip/:ip`. */
  route: string | null;
  state: State;
  url: URL;
}

/** The result of a page, layout or app component. */
export type Rendered =
  | ComponentChildren
  | Response
  | Promise<ComponentChildren | Response>;

/** A page, layout or app component; it may be async. */
// deno-lint-ignore no-explicit-any
export type PageComponent<Data = any, State = any> = (
  props: PageProps<Data, State>,
) => Rendered;

/** The inherited parts that a layout can skip. */
export interface LayoutConfig {
  /** Leave out the layouts of the folders above. */
  skipInheritedLayouts?: boolean;
  /** Leave out `_app`. */
  skipAppWrapper?: boolean;
}

/** The `config` export of a route file. */
export interface RouteConfig extends LayoutConfig {
  /** Replaces the pattern derived from the file name. */
  routeOverride?: string;
  /** Accepted for compatibility; use the csp() middleware. */
  csp?: boolean;
  /** Methods to register the route for. */
  methods?: "ALL" | Method[];
}

/** A route: a component, a handler or both. */
export interface Route<Data = unknown, State = unknown> {
  component?: PageComponent<Data, State>;
  handler?: RouteHandler<Data, State>;
  config?: RouteConfig;
  /** Style sheets to link from the page's head. */
  css?: string[];
}

/** A function that loads a route, e.g. by import(). */
export type LazyRoute<Data = unknown, State = unknown> = () => Promise<
  Route<Data, State>
>;

/** The wrappers of a rendered vnode: its layouts, the outermost first. */
export interface RenderScope {
  readonly app: PageComponent | null;
  readonly layouts: readonly PageComponent[];
}
