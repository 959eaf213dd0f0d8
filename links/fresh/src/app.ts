import type { BuildCache } from "./build_cache.ts";
import type { Runtime } from "./context.ts";
import { createDispatcher, endHandler, type Handler } from "./dispatch.ts";
import { ALL_METHODS, type Endpoint, routeEndpoint } from "./endpoint.ts";
import { errorPage } from "./errors.ts";
import { registerFiles } from "./fs_routes.ts";
import { joinPath } from "./path.ts";
import { makePlan, type Plan } from "./plan.ts";
import { Router } from "./router.ts";
import { Segments } from "./segments.ts";
import type {
  FreshConfig,
  LayoutConfig,
  LazyRoute,
  Method,
  Middleware,
  PageComponent,
  ResolvedFreshConfig,
  Route,
  RouteConfig,
} from "./types.ts";

/** The state of handler() while it applies the commands in order. */
interface Assembly {
  readonly runtime: Runtime;
  readonly segments: Segments;
  readonly router: Router<Plan>;
  /** Path of the whole app; mounted apps have a longer one. */
  readonly root: string;
}

type Command = (assembly: Assembly, base: string) => void;

/** Sets the app's build. */
export let setBuildCache: (
  // deno-lint-ignore no-explicit-any
  app: App<any>,
  cache: BuildCache,
  mode: "development" | "production",
) => void;

/**
 * A web app: middlewares, routes and the wrappers of their pages. Order matters: a route gets the
 * middlewares, layouts, app wrapper and error route that were registered before it.
 *
 * @example
 * ```ts
 * const app = new App<{ user: string }>()
 *   .use(staticFiles())
 *   .get("/hello/:name", (ctx) => ctx.text(`Hello ${ctx.params.name}`))
 *   .fsRoutes();
 * Deno.serve(app.handler());
 * ```
 */
export class App<State = unknown> {
  static {
    setBuildCache = (app, cache, mode) => {
      app.#cache = cache;
      app.config.root = cache.root;
      app.config.mode = mode;
    };
  }

  readonly config: ResolvedFreshConfig;
  #commands: Command[] = [];
  #cache: BuildCache | null = null;

  constructor(config: FreshConfig = {}) {
    this.config = {
      basePath: config.basePath ?? "",
      mode: config.mode ?? "production",
      trustProxy: config.trustProxy ?? false,
      root: ".",
    };
  }

  /** Adds middlewares, for every request or for a path and all below it. */
  use(...middlewares: Middleware<State>[]): this;
  use(path: string, ...middlewares: Middleware<State>[]): this;
  use(
    first: string | Middleware<State>,
    ...rest: Middleware<State>[]
  ): this {
    const path = typeof first === "string" ? first : "*";
    const middlewares = typeof first === "string" ? rest : [first, ...rest];
    return this.#add(({ segments }, base) => {
      segments.at(joinSegment(base, path)).middlewares.push(...middlewares);
    });
  }

  get(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(["GET"], path, handlers);
  }

  post(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(["POST"], path, handlers);
  }

  put(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(["PUT"], path, handlers);
  }

  patch(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(["PATCH"], path, handlers);
  }

  delete(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(["DELETE"], path, handlers);
  }

  head(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(["HEAD"], path, handlers);
  }

  /** Handles every method of a path. */
  all(path: string, ...handlers: Middleware<State>[]): this {
    return this.#method(ALL_METHODS, path, handlers);
  }

  /** Adds a page or a handler object, or a function that loads one. */
  route<Data>(
    path: string,
    route: Route<Data, State> | LazyRoute<Data, State>,
    config?: RouteConfig,
  ): this {
    return this.#add((assembly, base) => {
      const full = joinPath(base, path);
      addRoute(assembly, full, full, route, config);
    });
  }

  /** Wraps the pages of a path and all below it. */
  layout(
    path: string,
    // deno-lint-ignore no-explicit-any
    component: PageComponent<any, State>,
    config: LayoutConfig = {},
  ): this {
    return this.#add(({ segments }, base) => {
      segments.at(joinSegment(base, path)).layout = { component, config };
    });
  }

  /** Wraps every page, outside of all layouts. */
  // deno-lint-ignore no-explicit-any
  appWrapper(component: PageComponent<any, State>): this {
    return this.#add(({ segments }, base) => {
      segments.at(base).app = component;
    });
  }

  /**
   * Handles unmatched requests and HttpError 404, wherever it is registered. A component is sent
   * with 200 unless its handler sets another status.
   */
  notFound<Data>(route: Middleware<State> | Route<Data, State>): this {
    return this.#add((assembly, base) => {
      const endpoint = typeof route === "function"
        ? route as Middleware
        : routeEndpoint(route, undefined, () => 200);
      setNotFound(assembly, base, endpoint);
    });
  }

  /** Handles errors of a path and all below it, outside its middlewares. */
  onError<Data>(
    path: string,
    route: Middleware<State> | Route<Data, State>,
  ): this {
    return this.#add(({ segments }, base) => {
      segments.at(joinSegment(base, path)).error = typeof route === "function"
        ? route as Middleware
        : errorPage(route);
    });
  }

  /** Adds the files below routes/, as found by the build. */
  fsRoutes(prefix = "*"): this {
    return this.#add((assembly, base) => {
      const { segments } = assembly;
      const root = joinPattern(base, prefix);
      registerFiles(assembly.runtime.cache?.routeFiles ?? [], {
        app: (component) => {
          segments.at(root).app = component;
        },
        layout: (path, component, config) => {
          segments.at(joinPath(root, path)).layout = { component, config };
        },
        middlewares: (path, middlewares) => {
          segments.at(joinPath(root, path)).middlewares.push(...middlewares);
        },
        error: (path, route) => {
          segments.at(joinPath(root, path)).error = errorPage(route);
        },
        notFound: (route) => {
          const endpoint = routeEndpoint(route, undefined, () => 200);
          setNotFound(assembly, base, endpoint);
        },
        route: (folder, pattern, route) =>
          addRoute(
            assembly,
            joinPath(root, folder),
            joinPath(root, pattern),
            route,
            undefined,
            true,
          ),
      });
    });
  }

  /** Mounts another app below a path. */
  mountApp(path: string, app: App<State>): this {
    return this.#add((assembly, base) => {
      const full = joinPattern(base, path);
      for (const command of app.#commands) command(assembly, full);
    });
  }

  /** Freezes the app into a request handler. */
  handler(): Handler {
    const root = this.config.basePath.replace(/\/$/, "");
    const assembly: Assembly = {
      runtime: { config: this.config, cache: this.#cache, notFound: null },
      segments: new Segments(),
      router: new Router(),
      root,
    };
    for (const command of this.#commands) command(assembly, root);
    const { runtime, router, segments } = assembly;
    const fallback = makePlan(segments.covering(root), [endHandler]);
    return createDispatcher(runtime, router, fallback);
  }

  /** Serves the app until the process ends. */
  async listen(
    options: Partial<Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem> = {},
  ): Promise<void> {
    const server = Deno.serve(
      options as Deno.ServeTcpOptions,
      this.handler(),
    );
    await server.finished;
  }

  #add(command: Command): this {
    this.#commands.push(command);
    return this;
  }

  #method(
    methods: Method[],
    path: string,
    handlers: Middleware<State>[],
  ): this {
    return this.#add((assembly, base) => {
      const full = joinPath(base, path);
      const plan = makePlan(assembly.segments.covering(full), handlers);
      for (const method of methods) assembly.router.add(method, full, plan);
    });
  }
}

/** Path of a segment: `*` alone is the base, and in a longer path a part like any other. */
function joinSegment(base: string, path: string): string {
  return path === "*" ? base : joinPath(base, path);
}

/** The base path of an app or files; `*` stands for everything below it. */
function joinPattern(base: string, path: string): string {
  return joinPath(base, path === "*" ? "" : path.replace(/\/\*$/, ""));
}

/** A mounted app does not handle the paths of its host. */
function setNotFound(
  { runtime, root }: Assembly,
  base: string,
  endpoint: Endpoint,
): void {
  if (base === root) runtime.notFound = endpoint;
}

function addRoute<Data, State>(
  { segments, router }: Assembly,
  path: string,
  pattern: string,
  route: Route<Data, State> | LazyRoute<Data, State>,
  config?: RouteConfig,
  isFile = false,
): void {
  const endpoint = routeEndpoint(route, config);
  const plan = makePlan(segments.covering(path), [endpoint]);
  const isLazy = typeof route === "function";
  const methods = isLazy || isFile && route.config?.routeOverride === undefined
    ? ALL_METHODS
    : ownMethods(route) ?? ALL_METHODS;
  for (const method of methods) router.add(method, pattern, plan);
}

/** The methods of a handler object; undefined: all of them. */
function ownMethods<Data, State>(
  { handler, component }: Route<Data, State>,
): Method[] | undefined {
  if (typeof handler !== "object") return undefined;
  const methods = Object.keys(handler) as Method[];
  return component === undefined ? methods : [...methods, "GET"];
}
