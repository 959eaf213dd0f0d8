import { baseName, comparePatterns, folderPattern } from "./route_path.ts";
import { routePattern } from "./route_path.ts";
import { withoutGroups } from "./segments.ts";
import type {
  LayoutConfig,
  Middleware,
  PageComponent,
  Route,
  RouteConfig,
  RouteHandler,
} from "./types.ts";

/** What a file below routes/ may export. */
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
  module: RouteModule;
}

/** What the app does with route files. */
export interface FileRouteTarget {
  app(component: PageComponent): void;
  layout(path: string, component: PageComponent, config: LayoutConfig): void;
  middlewares(path: string, middlewares: Middleware[]): void;
  error(path: string, route: Route): void;
  notFound(route: Route): void;
  /** `path` has its groups, `pattern` is what URLs are matched with. */
  route(path: string, pattern: string, route: Route): void;
}

/** Registers route files: special files first, then pages by precedence. */
export function registerFiles(
  files: readonly RouteFile[],
  target: FileRouteTarget,
): void {
  const routes: { path: string; pattern: string; route: Route }[] = [];
  for (const file of files) {
    if (registerSpecial(file, target)) continue;
    const path = routePattern(file.path);
    const route = toRoute(file);
    const pattern = route.config?.routeOverride ?? withoutGroups(path);
    routes.push({ path, pattern, route });
  }
  routes.sort((a, b) => comparePatterns(a.pattern, b.pattern));
  for (const { path, pattern, route } of routes) {
    target.route(path, pattern, route);
  }
}

function registerSpecial(file: RouteFile, target: FileRouteTarget): boolean {
  const { path, module } = file;
  const folder = folderPattern(path);
  switch (baseName(path)) {
    case "_app":
      target.app(component(file));
      return true;
    case "_layout":
      target.layout(folder, component(file), module.config ?? {});
      return true;
    case "_middleware": {
      const exported = module.handlers ?? module.handler ?? module.default;
      const list = Array.isArray(exported) ? exported : [exported];
      if (list.some((middleware) => typeof middleware !== "function")) {
        throw new TypeError(
          `Cannot use routes/${path}: expected it to export a function or an array of functions`,
        );
      }
      target.middlewares(folder, list);
      return true;
    }
    case "_error":
    case "_500":
      target.error(folder, toRoute(file));
      return true;
    case "_404":
      if (withoutGroups(folder) === "/") target.notFound(toRoute(file));
      return true;
    default:
      return false;
  }
}

function toRoute({ path, module }: RouteFile): Route {
  const route: Route = {
    component: module.default as PageComponent | undefined,
    handler: (module.handlers ?? module.handler) as RouteHandler | undefined,
    config: module.config,
    css: module.css,
  };
  if (route.component === undefined && route.handler === undefined) {
    // Found out by its first request only, as upstream does.
    route.handler = () => {
      throw new TypeError(
        `Cannot use routes/${path}: expected a default export or a handler`,
      );
    };
  }
  return route;
}

function component({ path, module }: RouteFile): PageComponent {
  if (typeof module.default !== "function") {
    throw new TypeError(
      `Cannot use routes/${path}: expected its default export to be a component`,
    );
  }
  return module.default as PageComponent;
}

/**
 * Whether a file below routes/ is a module of the app, by its path. Folders
 * such as (_components) and tests are left alone.
 */
export function isRouteFile(path: string): boolean {
  if (!/\.[jt]sx?$/.test(path)) return false;
  if (/[._]test\.[jt]sx?$/.test(path)) return false;
  return !path.split("/").slice(0, -1).some((part) => part.startsWith("(_"));
}
