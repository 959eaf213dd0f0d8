import { internalsOf } from "../context.ts";
import { ASSET_CACHE_KEY } from "../runtime/asset.ts";
import type { Middleware } from "../types.ts";

const NO_CACHE = "no-cache, no-store, max-age=0, must-revalidate";
const ONE_YEAR = "public, max-age=31536000, immutable";

/**
 * Serves the files of static/ and of the build. Files whose address changes
 * with their content may be cached for a year, others are asked for each time
 * and answered 304 while they are the same.
 */
export function staticFiles<State = unknown>(): Middleware<State> {
  return async function serveStaticFiles(ctx) {
    const { runtime, pathname } = internalsOf(ctx);
    const path = filePath(pathname, runtime.config.basePath);
    if (runtime.cache === null || path === null) return await ctx.next();
    const found = runtime.cache.staticFile(path);
    const file = found instanceof Promise ? await found : found;
    if (file === null) {
      return path === "/favicon.ico"
        ? new Response(null, { status: 404 })
        : await ctx.next();
    }

    const { method } = ctx.req;
    if (method !== "GET" && method !== "HEAD") {
      return new Response("Method Not Allowed", { status: 405 });
    }
    const { searchParams } = ctx.url;
    const key = searchParams.get(ASSET_CACHE_KEY);
    const isVersioned = key === runtime.cache.buildId;
    if (key !== null && !isVersioned) {
      const url = new URL(ctx.url);
      url.searchParams.delete(ASSET_CACHE_KEY);
      const location = url.pathname + url.search;
      return new Response(null, { status: 307, headers: { location } });
    }
    const headers = new Headers({
      "content-type": file.contentType,
      "vary": "If-None-Match",
    });
    const etag = file.hash === null ? null : `W/"${file.hash}"`;
    if (etag !== null && ctx.req.headers.get("if-none-match") === etag) {
      return new Response(null, { status: 304, headers });
    }
    if (etag !== null) headers.set("etag", etag);
    const isImmutable = file.immutable || isVersioned;
    headers.set("cache-control", isImmutable ? ONE_YEAR : NO_CACHE);
    headers.set("content-length", String(file.size));
    const body = method === "HEAD" ? null : await file.read();
    return new Response(body, { headers });
  };
}

/** Null: no file can have this path. */
function filePath(pathname: string, basePath: string): string | null {
  let path = pathname;
  if (basePath !== "" && path.startsWith(basePath + "/")) {
    path = path.slice(basePath.length);
  }
  path = path.replace(/(?<=.)\/$/, "");
  if (!path.includes("%")) return path;
  try {
    path = decodeURIComponent(path);
  } catch {
    return null;
  }
  // "%2e%2e%2f" is a parent folder only after decoding.
  return /(^|[/\\])\.\.?([/\\]|$)|\0|\\/.test(path) ? null : path;
}
