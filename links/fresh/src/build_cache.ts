import type { RouteFile } from "./fs_routes.ts";

/** A file that staticFiles() serves. */
export interface StaticFile {
  contentType: string;
  /** In bytes. */
  size: number;
  /** Without quotes; null where it is not known. */
  hash: string | null;
  /** Whether the address changes with the content. */
  immutable: boolean;
  read(): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>>;
}

/** Where the client finds an island. */
export interface Island {
  /** Unique among the app's islands. */
  name: string;
  /** Name of the export in its module. */
  exportName: string;
  /** Address of the module. */
  url: string;
}

/** What a build gives to the app. */
export interface BuildCache {
  readonly root: string;
  readonly buildId: string;
  /** Address of the client's start module. */
  readonly clientUrl: string;
  readonly islands: ReadonlyMap<unknown, Island>;
  readonly routeFiles: readonly RouteFile[];
  /** Null where there is no such file. */
  staticFile(
    pathname: string,
  ): StaticFile | null | Promise<StaticFile | null>;
}
