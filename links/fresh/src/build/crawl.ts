import { join } from "node:path";
import { isRouteFile, isSpecial } from "../fs_routes.ts";
import type { BuildPaths } from "./options.ts";

/** The contents of a project's folders, as absolute and sorted paths. */
export interface ProjectFiles {
  /** Relative to the routes folder. */
  routes: string[];
  /** The routes that are imported by their first request. */
  lazy: Set<string>;
  islands: string[];
  /** Relative to the static folder. */
  statics: string[];
}

/** Lists routes, islands and static files; a missing folder has none. */
export async function crawl(
  paths: BuildPaths,
  ignore: RegExp[] = [],
): Promise<ProjectFiles> {
  const list = async (folder: string) =>
    (await Array.fromAsync(filesBelow(folder)))
      .filter((path) => !ignore.some((rule) => rule.test(join(folder, path))))
      .sort();
  const [routeDir, islandDir, statics] = await Promise.all([
    list(paths.routeDir),
    list(paths.islandDir),
    list(paths.staticDir),
  ]);
  const islands = [
    ...islandDir.filter(isModule).map((path) => join(paths.islandDir, path)),
    ...routeDir.filter((path) => isModule(path) && isLocalIsland(path))
      .map((path) => join(paths.routeDir, path)),
  ];
  const routes = routeDir.filter(isRouteFile);
  const lazy = new Set<string>();
  for (const path of routes) {
    if (isSpecial(path)) continue;
    const code = await Deno.readTextFile(join(paths.routeDir, path));
    // Its pattern must be known at the start.
    if (!code.includes("routeOverride")) lazy.add(path);
  }
  return { routes, lazy, islands, statics: statics.filter(isVisible) };
}

async function* filesBelow(
  folder: string,
  prefix = "",
): AsyncGenerator<string> {
  try {
    for await (const entry of Deno.readDir(join(folder, prefix))) {
      const path = prefix + entry.name;
      if (entry.isDirectory) yield* filesBelow(folder, path + "/");
      else if (entry.isFile) yield path;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether a path below routes/ is in a folder named (_islands). */
function isLocalIsland(path: string): boolean {
  return path.split("/").slice(0, -1).includes("(_islands)");
}

/** Files and folders that begin with a dot are left out of a build, except .well-known. */
function isVisible(path: string): boolean {
  return !/(^|\/)\.(?!well-known)/.test(path);
}

function isModule(path: string): boolean {
  return /\.[jt]sx?$/.test(path) && !/[._]test\.[jt]sx?$/.test(path) &&
    !path.endsWith(".d.ts");
}
