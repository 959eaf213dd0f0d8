import { resolve } from "node:path";

/** Options of the Builder. Folders are relative to `root`. */
export interface BuilderOptions {
  /** @default Deno.cwd() */
  root?: string;
  /** @default "_fresh" */
  outDir?: string;
  /** @default "static" */
  staticDir?: string;
  /** @default "islands" */
  islandDir?: string;
  /** @default "routes" */
  routeDir?: string;
  /** The module that exports `app`. @default "main.ts" */
  serverEntry?: string;
  /** Accepted for compatibility: Deno.bundle has no target. */
  target?: string | string[];
  /** Paths below `root` to leave out. */
  ignore?: RegExp[];
  /** @default undefined, none */
  sourceMap?: { kind: boolean | "linked" | "inline" | "external" };
}

/** The same with absolute paths. */
export interface BuildPaths {
  root: string;
  outDir: string;
  staticDir: string;
  islandDir: string;
  routeDir: string;
  serverEntry: string;
}

export function buildPaths(options: BuilderOptions): BuildPaths {
  const given = options.root ?? Deno.cwd();
  const root = given.startsWith("file:")
    ? new URL(given).pathname
    : resolve(given);
  const at = (path: string) => resolve(root, path);
  return {
    root,
    outDir: at(options.outDir ?? "_fresh"),
    staticDir: at(options.staticDir ?? "static"),
    islandDir: at(options.islandDir ?? "islands"),
    routeDir: at(options.routeDir ?? "routes"),
    serverEntry: at(options.serverEntry ?? "main.ts"),
  };
}
