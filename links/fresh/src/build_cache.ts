import type { RouteFile } from "./fs_routes.ts";

/** A file that staticFiles() serves. */
export interface StaticFile {
  contentType: string;
  /** In bytes. */
  size: number;
  /** Without quotes; null if unknown. */
  hash: string | null;
  /** Whether the URL changes with the content. */
  immutable: boolean;
  read(): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>>;
}

/** The location of an island for the client. */
export interface Island {
  /** Unique among the app's islands. */
  name: string;
  /** Name of the export in its module. */
  exportName: string;
  /** URL of the module. */
  url: string;
}

/** The interface of a build for the app. */
export interface BuildCache {
  readonly root: string;
  readonly buildId: string;
  /** URL of the client's start module. */
  readonly clientUrl: string;
  readonly islands: ReadonlyMap<unknown, Island>;
  readonly routeFiles: readonly RouteFile[];
  /** Null if there is no such file. */
  staticFile(
    pathname: string,
  ): StaticFile | null | Promise<StaticFile | null>;
}
