/** Query parameter that carries the build's id. */
export const ASSET_CACHE_KEY = "__frsh_c";

// In the browser this file is part of a chunk below /_fresh/js/<build id>/. On the server it is
// random until there is a build, so that a URL made too early is noticed.
let buildId: string = /\/_fresh\/js\/([^/]+)\//.exec(import.meta.url)?.[1] ??
  crypto.randomUUID().replaceAll("-", "").padEnd(40, "0");

/** Called by the server when it gets its build. */
export function setBuildId(id: string): void {
  buildId = id;
}

/**
 * Adds the build's id to the URL of a static file, so that it can be cached for ever. URLs of other
 * sites are unchanged.
 */
export function asset(path: string): string {
  if (!/^\/(?!\/)/.test(path) || path.includes(ASSET_CACHE_KEY + "=")) {
    return path;
  }
  const url = new URL(path, "http://localhost");
  const sign = url.search === "" ? "?" : "&";
  return `${url.pathname}${url.search}${sign}${ASSET_CACHE_KEY}=${buildId}${url.hash}`;
}

/** asset() for each URL in a srcset attribute. */
export function assetSrcSet(srcset: string): string {
  // A comma may be part of a data: URL, which is left unchanged.
  if (srcset.includes("(") || srcset.includes("data:")) return srcset;
  return srcset.split(",").map((candidate) => {
    const [, space, url, rest] = /^(\s*)(\S*)([\s\S]*)$/.exec(candidate)!;
    return space + asset(url!) + rest;
  }).join(",");
}
