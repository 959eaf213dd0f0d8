import { join } from "node:path";
import type { BuildCache, Island, StaticFile } from "../build_cache.ts";
import { contentType } from "../content_type.ts";
import type { RouteFile } from "../fs_routes.ts";
import { setBuildId } from "../runtime/asset.ts";
import type { BuildPaths } from "./options.ts";
import { versionedUrls } from "./versioned_urls.ts";

/** A build that exists only in memory; static/ is read at each request. */
export class MemoryBuildCache implements BuildCache {
  readonly root: string;
  readonly clientUrl: string;
  #staticDir: string;

  constructor(
    paths: BuildPaths,
    readonly buildId: string,
    clientFile: string,
    readonly routeFiles: RouteFile[],
    readonly islands: Map<unknown, Island>,
    /** The bundle, by path below /. */
    readonly bundle: Map<string, Uint8Array>,
  ) {
    this.root = paths.root;
    this.#staticDir = paths.staticDir;
    this.clientUrl = `/_fresh/js/${buildId}/${clientFile}`;
    setBuildId(buildId);
  }

  async staticFile(pathname: string): Promise<StaticFile | null> {
    const bundled = this.bundle.get(pathname);
    const content = bundled ?? await this.#read(pathname);
    if (content === null) return null;
    return {
      contentType: contentType(pathname),
      size: content.byteLength,
      hash: null,
      immutable: bundled !== undefined,
      read: () => Promise.resolve(content as Uint8Array<ArrayBuffer>),
    };
  }

  async #read(pathname: string): Promise<Uint8Array | null> {
    // A URL's path is at least "/": a folder, not a file.
    if (pathname.endsWith("/")) return null;
    try {
      const content = await Deno.readFile(join(this.#staticDir, pathname));
      return pathname.endsWith(".css")
        ? versionedUrls(content, this.buildId)
        : content;
    } catch {
      return null;
    }
  }
}
