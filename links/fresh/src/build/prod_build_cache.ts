import { join } from "node:path";
import type { BuildCache, Island, StaticFile } from "../build_cache.ts";
import { contentType } from "../content_type.ts";
import type { RouteFile } from "../fs_routes.ts";
import { setBuildId } from "../runtime/asset.ts";
import { IslandPreparer } from "./island_preparer.ts";

/** The exports of snapshot.js. */
export interface Snapshot {
  buildId: string;
  clientUrl: string;
  routes: RouteFile[];
  islands: { file: string; url: string; module: Record<string, unknown> }[];
  files: ListedFile[];
}

/** A static file: its path below /, and its location relative to the build's folder. */
export type ListedFile = [
  path: string,
  size: number,
  hash: string,
  file: string,
];

/** Files up to this size are cached in memory after the first request, in bytes. */
const SMALL = 256 * 1024;
/** The limit of that cache, in bytes. */
const BUDGET = 16 * 1024 * 1024;

/** A build that no longer changes. */
export class ProdBuildCache implements BuildCache {
  readonly root: string;
  readonly buildId: string;
  readonly clientUrl: string;
  readonly islands: ReadonlyMap<unknown, Island>;
  readonly routeFiles: readonly RouteFile[];
  #files = new Map<string, StaticFile>();
  #budget = BUDGET;

  /** `folder` is the build's folder, e.g. `<root>/_fresh`. */
  constructor(root: string, folder: string, snapshot: Snapshot) {
    this.root = root;
    this.buildId = snapshot.buildId;
    this.clientUrl = snapshot.clientUrl;
    this.routeFiles = snapshot.routes;
    const preparer = new IslandPreparer();
    for (const { module, file, url } of snapshot.islands) {
      preparer.prepare(module, file, url);
    }
    this.islands = preparer.islands;
    for (const [path, size, hash, file] of snapshot.files) {
      this.#files.set(path, {
        contentType: contentType(path),
        size,
        hash,
        immutable: path.startsWith(`/_fresh/js/${this.buildId}/`),
        read: this.#reader(join(folder, file), size),
      });
    }
    setBuildId(this.buildId);
  }

  staticFile(pathname: string): StaticFile | null {
    return this.#files.get(pathname) ?? null;
  }

  #reader(file: string, size: number): StaticFile["read"] {
    let kept: Promise<Uint8Array<ArrayBuffer>> | null = null;
    return async () => {
      if (kept !== null) return await kept;
      if (size > SMALL || size > this.#budget) {
        return (await Deno.open(file)).readable;
      }
      this.#budget -= size;
      kept = Deno.readFile(file);
      try {
        return await kept;
      } catch (error) {
        kept = null;
        this.#budget += size;
        throw error;
      }
    };
  }
}
