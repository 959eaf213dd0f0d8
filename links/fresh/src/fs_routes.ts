import {
  baseName,
  comparePatterns,
  folderPattern,
  routePattern,
} from "./route_path.ts";
import { withoutGroups } from "./segments.ts";
import type {
  LayoutConfig,
  LazyRoute,
  Middleware,
  PageComponent,
  Route,
  RouteConfig,
  RouteHandler,
} from "./types.ts";

/** The exports of a file below routes/. */
export interface RouteModule {
  default?: unknown;
  handler?: unknown;
  handlers?: unknown;
  config?: RouteConfig;
  css?: string[];
}

/** A module below routes/; its path is relative to that folder. */
export interface RouteFile {
  path: string;
  /** A function imports it on the first request. */
  module: RouteModule | (() => Promise<RouteModule>);
}

/** A loaded module. */
interface LoadedFile extends RouteFile {
  module: RouteModule;
}

/** The app's methods for route files. */
export interface FileRouteTarget {
  app(component: PageComponent): void;
  layout(path: string, component: PageComponent, config: LayoutConfig): void;
  middlewares(path: string, middlewares: Middleware[]): void;
  error(path: string, route: Route): void;
  notFound(route: Route): void;
  /** `folder` is the file's, including groups; `pattern` matches URLs. */
  route(folder: string, pattern: string, route: Route | LazyRoute): void;
}

/** Registers route files: special files first, then pages by precedence. */
export function registerFiles(
  files: readonly RouteFile[],
  target: FileRouteTarget,
): void {
  const specials = files.filter(({ path }) => isSpecial(path));
  registerSpecials(specials as LoadedFile[], target);
  const pages = files.filter(({ path }) => !isSpecial(path));
  const routes = pages.map(({ path, module }) => {
    const folder = folderPattern(path);
    const byName = withoutGroups(routePattern(path));
    if (typeof module === "function") {
      const route = async () => toRoute({ path, module: await module() });
      return { folder, pattern: byName, route };
    }
    const route = toRoute({ path, module });
    const pattern = route.config?.routeOverride ?? byName;
    return { folder, pattern, route };
  });
  routes.sort((a, b) => comparePatterns(a.pattern, b.pattern));
  for (const { folder, pattern, route } of routes) {
    target.route(folder, pattern, route);
  }
}

const SPECIAL = new Set([
  "_app",
  "_layout",
  "_middleware",
  "_error",
  "_500",
  "_404",
]);

/** Whether a file has no URL of its own, by its path; it is imported at the start. */
export function isSpecial(path: string): boolean {
  return SPECIAL.has(baseName(path));
}

function registerSpecials(
  files: readonly LoadedFile[],
  target: FileRouteTarget,
): void {
  const named = (name: string) =>
    files.filter(({ path }) => baseName(path) === name).sort(byFolder);
  // Wherever they are, both apply to the whole app: the outermost _app, and the innermost _404.
  const [app] = named("_app");
  if (app !== undefined) target.app(component(app));
  const missing = named("_404").at(-1);
  if (missing !== undefined) target.notFound(toRoute(missing));
  for (const file of files) registerSpecial(file, target);
}

/** The root's first, and files of a folder after those beside it. */
function byFolder(a: LoadedFile, b: LoadedFile): number {
  const [x, y] = [folderPattern(a.path), folderPattern(b.path)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function registerSpecial(file: LoadedFile, target: FileRouteTarget): void {
  const { path, module } = file;
  const folder = folderPattern(path);
  switch (baseName(path)) {
    case "_layout":
      target.layout(folder, component(file), module.config ?? {});
      return;
    case "_middleware": {
      const exported = module.handlers ?? module.handler ?? module.default;
      const list = Array.isArray(exported) ? exported : [exported];
      if (list.some((middleware) => typeof middleware !== "function")) {
        throw new TypeError(
          `Cannot use routes/${path}: expected it to export a function or an array of functions`,
        );
      }
      target.middlewares(folder, list);
      return;
    }
    case "_error":
    case "_500":
      target.error(folder, toRoute(file));
  }
}

function toRoute({ path, module }: LoadedFile): Route {
  const route: Route = {
    component: module.default as PageComponent | undefined,
    handler: (module.handlers ?? module.handler) as RouteHandler | undefined,
    config: module.config,
    css: module.css,
  };
  const { component, handler, config } = route;
  if (typeof component !== "function" && !handler && !config) {
    throw new TypeError(
      `Cannot use routes/${path}: expected it to export a component, a handler or a config`,
    );
  }
  return route;
}

function component({ path, module }: LoadedFile): PageComponent {
  if (typeof module.default !== "function") {
    throw new TypeError(
      `Cannot use routes/${path}: expected its default export to be a component`,
    );
  }
  return module.default as PageComponent;
}

/**
 * Whether a file below routes/ is a module of the app, by its path. Folders such as (_components)
 * and tests are ignored.
 */
export function isRouteFile(path: string): boolean {
  if (!/\.[jt]sx?$/.test(path)) return false;
  if (/[._]test\.[jt]sx?$/.test(path)) return false;
  return !path.split("/").slice(0, -1).some((part) => part.startsWith("(_"));
}
