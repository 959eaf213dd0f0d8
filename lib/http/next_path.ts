/**
 * The redirect target after a login: a path on this site, or `/` for anything else. The parsed
 * origin is compared, and the parsed path is checked again: `/.//evil.example` parses to a path
 * that begins with two slashes, which a browser reads as another host.
 */
export function nextPath(next: string | null | undefined): string {
  if (!next || next.length > 2_048 || !next.startsWith("/")) return "/";
  // deno-lint-ignore no-control-regex
  if (/[\\\x00-\x20\x7f]|%5c|%0[0-9a-f]|%2f%2f/i.test(next)) return "/";
  try {
    const url = new URL(next, BASE);
    if (url.origin !== BASE || url.pathname.includes("//")) return "/";
    return url.pathname + url.search;
  } catch {
    return "/";
  }
}

const BASE = "http://here.invalid";

/** The query with which a page passes `next` on, or "" for the front page. */
export function nextQuery(next: string): string {
  return next === "/" ? "" : `?next=${encodeURIComponent(next)}`;
}
