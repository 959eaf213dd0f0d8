import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type App, setBuildCache } from "../app.ts";
import type { RouteFile, RouteModule } from "../fs_routes.ts";
import { sha1 } from "../hash.ts";
import { type Bundle, bundleClient } from "./bundle.ts";
import { crawl, type ProjectFiles } from "./crawl.ts";
import { serveDevelopment } from "./dev_server.ts";
import { IslandPreparer } from "./island_preparer.ts";
import { MemoryBuildCache } from "./memory_build_cache.ts";
import { type BuilderOptions, type BuildPaths, buildPaths } from "./options.ts";
import { writeBuild } from "./write.ts";

/** Sets an app's build that is not on disk, before its handler() is made; for tests. */
// deno-lint-ignore no-explicit-any
export type ApplyBuild = (app: App<any>) => void;

/** A module that exports the app. */
// deno-lint-ignore no-explicit-any
type AppModule = { app: App<any> };

/**
 * Builds an app: bundles its islands for the browser and lists its routes and
 * static files.
 *
 * @example
 * ```ts
 * const builder = new Builder();
 * if (Deno.args.includes("build")) await builder.build();
 * else await builder.listen(() => import("./main.ts"));
 * ```
 */
export class Builder {
  #options: BuilderOptions;
  #paths: BuildPaths;
  #registered: string[] = [];

  constructor(options: BuilderOptions = {}) {
    this.#options = options;
    this.#paths = buildPaths(options);
  }

  /** Adds an island outside of the islands folder, by its file. */
  registerIsland(spec: string): void {
    const url = spec.startsWith("file:")
      ? new URL(spec)
      : pathToFileURL(join(this.#paths.root, spec));
    this.#registered.push(url.pathname);
  }

  /** Writes the production build, or keeps it in memory. */
  build(options: { snapshot: "memory" }): Promise<ApplyBuild>;
  build(options?: { snapshot?: "disk" }): Promise<void>;
  async build(
    { snapshot = "disk" }: { snapshot?: "disk" | "memory" } = {},
  ): Promise<ApplyBuild | void> {
    if (snapshot === "memory") {
      const cache = await this.#memoryBuild(false);
      return (app) => setBuildCache(app, cache, "production");
    }
    const { files, bundle, buildId } = await this.#bundle(true);
    await writeBuild(this.#paths, files, bundle, buildId);
  }

  /**
   * Serves the app in development mode: nothing is cached, errors are shown with their stack, and
   * pages reload when static files change or the process restarts, as under `deno run --watch`.
   */
  async listen(
    importApp: () => Promise<AppModule>,
    options: Partial<Deno.ServeTcpOptions> = {},
  ): Promise<void> {
    const cache = await this.#memoryBuild(true);
    const { app } = await importApp();
    setBuildCache(app, cache, "development");
    await serveDevelopment(app.handler(), this.#paths.staticDir, options);
  }

  async #bundle(minify: boolean): Promise<{
    files: ProjectFiles;
    bundle: Bundle;
    buildId: string;
  }> {
    const files = await crawl(this.#paths, this.#options.ignore);
    files.islands.push(...this.#registered);
    const bundle = await bundleClient(files.islands, {
      minify,
      sourceMap: this.#options.sourceMap,
    });
    return { files, bundle, buildId: await newBuildId() };
  }

  async #memoryBuild(isDevelopment: boolean): Promise<MemoryBuildCache> {
    const { files, bundle, buildId } = await this.#bundle(!isDevelopment);
    const load = (path: string) => import(pathToFileURL(path).href);
    const routeFiles: RouteFile[] = await Promise.all(
      files.routes.map(async (path) => {
        const importIt = (): Promise<RouteModule> =>
          load(join(this.#paths.routeDir, path));
        const isLazy = files.lazy.has(path);
        return { path, module: isLazy ? importIt : await importIt() };
      }),
    );
    const url = (name: string) => `/_fresh/js/${buildId}/${name}`;
    const preparer = new IslandPreparer();
    for (const path of files.islands) {
      const file = relative(this.#paths.root, path);
      const name = bundle.islands.get(path)!;
      preparer.prepare(await load(path), file, url(name));
    }
    return new MemoryBuildCache(
      this.#paths,
      buildId,
      bundle.client,
      routeFiles,
      preparer.islands,
      new Map([...bundle.files].map(([name, content]) => [url(name), content])),
    );
  }
}

/** The variables that the build id is derived from; without them, it is random. */
async function newBuildId(): Promise<string> {
  for (const name of ["DENO_DEPLOYMENT_ID", "GITHUB_SHA", "CI_COMMIT_SHA"]) {
    const value = Deno.env.get(name);
    if (value) return await sha1(value);
  }
  return await sha1(crypto.randomUUID());
}
