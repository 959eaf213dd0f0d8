import type { StaticFile } from "../build_cache.ts";
import { type Context, internalsOf } from "../context.ts";
import { ASSET_CACHE_KEY } from "../runtime/asset.ts";
import { inSpan } from "../tracing.ts";
import type { Middleware } from "../types.ts";

const NO_CACHE = "no-cache, no-store, max-age=0, must-revalidate";
const ONE_YEAR = "public, max-age=31536000, immutable";

/**
 * Serves the files of static/ and of the build. Files whose URL changes with their content may be
 * cached for a year, others are revalidated each time and answered 304 while unchanged.
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
    return await inSpan(
      "static file",
      { "fresh.span_type": "static_file" },
      (set) => answer(ctx, file, set),
    );
  };
}

async function answer<State>(
  ctx: Context<State>,
  file: StaticFile,
  set: (name: string, value: string) => void,
): Promise<Response> {
  const { cache } = internalsOf(ctx).runtime;
  const key = ctx.url.searchParams.get(ASSET_CACHE_KEY);
  const isVersioned = key === cache!.buildId;
  if (key !== null && !isVersioned) {
    set("fresh.cache", "invalid_bust_key");
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
    set("fresh.cache", "not_modified");
    return new Response(null, { status: 304, headers });
  }
  if (etag !== null) headers.set("etag", etag);
  const isImmutable = file.immutable || isVersioned;
  set("fresh.cache", isImmutable ? "immutable" : "no_cache");
  headers.set("cache-control", isImmutable ? ONE_YEAR : NO_CACHE);
  const body = ctx.req.method === "HEAD" ? null : await file.read();
  // Files in static/ may have changed since the build.
  const size = body instanceof Uint8Array ? body.byteLength : file.size;
  headers.set("content-length", String(size));
  return new Response(body, { headers });
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
