/** Query parameter that carries the build's id. */
export const ASSET_CACHE_KEY = "__frsh_c";

// In the browser this file is part of a chunk below /_fresh/js/<build id>/.
let buildId: string | null =
  /\/_fresh\/js\/([^/]+)\//.exec(import.meta.url)?.[1] ?? null;

/** Told by the server when it gets its build. */
export function setBuildId(id: string): void {
  buildId = id;
}

/**
 * Adds the build's id to the address of a static file, so that it can be
 * cached for ever. Addresses of other sites stay as they are.
 */
export function asset(path: string): string {
  if (buildId === null || !/^\/(?!\/)/.test(path)) return path;
  if (path.includes(ASSET_CACHE_KEY + "=") || path.startsWith("/_fresh/js/")) {
    return path;
  }
  const hash = path.indexOf("#");
  const end = hash === -1 ? path.length : hash;
  const sign = path.slice(0, end).includes("?") ? "&" : "?";
  return path.slice(0, end) + `${sign}${ASSET_CACHE_KEY}=${buildId}` +
    path.slice(end);
}

/** asset() for each address in a srcset attribute. */
export function assetSrcSet(srcset: string): string {
  // A comma may be part of a data: URL, which is none of ours.
  if (srcset.includes("(") || srcset.includes("data:")) return srcset;
  return srcset.split(",").map((candidate) => {
    const [, space, url, rest] = /^(\s*)(\S*)([\s\S]*)$/.exec(candidate)!;
    return space + asset(url!) + rest;
  }).join(",");
}
