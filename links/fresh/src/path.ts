/** Joins two URL path patterns with exactly one slash between them. */
export function joinPath(base: string, path: string): string {
  if (path === "" || path === "/") return base === "" ? "/" : base;
  const rest = path.startsWith("/") ? path : "/" + path;
  return base === "/" ? rest : base + rest;
}

/** Collapses `//` anywhere in a path to `/`. */
export function collapseSlashes(pathname: string): string {
  return pathname.includes("//") ? pathname.replace(/\/{2,}/g, "/") : pathname;
}

/** The raw path of a URL: neither decoded nor normalized. */
export function rawPathname(url: string): string {
  const scheme = url.indexOf("://");
  const start = url.indexOf("/", scheme + 3);
  if (start === -1) return "/";
  for (let i = start; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code === 63 /* ? */ || code === 35 /* # */) return url.slice(start, i);
  }
  return url.slice(start);
}

/** A route's path split at slashes; the root is []. */
export function pathParts(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}
