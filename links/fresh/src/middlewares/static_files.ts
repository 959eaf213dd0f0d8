import type { StaticFile } from "../build_cache.ts";
import { internalsOf } from "../context.ts";
import { MethodNotAllowed } from "../http_error.ts";
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
    if (file === null) return await ctx.next();

    const { method } = ctx.req;
    if (method !== "GET" && method !== "HEAD") {
      throw new MethodNotAllowed("GET, HEAD");
    }
    const headers = new Headers({
      "cache-control": cacheControl(ctx.req.url, file, runtime.cache.buildId),
      "content-type": file.contentType,
      "etag": `W/"${file.hash}"`,
      "vary": "If-None-Match",
    });
    if (isKnown(ctx.req.headers.get("if-none-match"), file.hash)) {
      return new Response(null, { status: 304, headers });
    }
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
  if (!path.includes("%")) return path;
  try {
    path = decodeURIComponent(path);
  } catch {
    return null;
  }
  // "%2e%2e%2f" is a parent folder only after decoding.
  return /(^|[/\\])\.\.?([/\\]|$)|\0|\\/.test(path) ? null : path;
}

function cacheControl(url: string, file: StaticFile, buildId: string): string {
  const isVersioned = url.includes(`${ASSET_CACHE_KEY}=${buildId}`);
  return file.immutable || isVersioned ? ONE_YEAR : NO_CACHE;
}

/** RFC 9110, 13.1.2: weak comparison with each of the list. */
function isKnown(ifNoneMatch: string | null, hash: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(",").some((tag) => {
    const value = tag.trim().replace(/^W\//, "");
    return value === `"${hash}"` || value === "*";
  });
}
