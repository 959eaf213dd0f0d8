import type { RequestRecord } from "../log/request_record.ts";

/** Extensions of files that are parts of pages and are not requested by themselves. */
const KINDS = new Set(
  "avif css cur eot gif ico jpeg jpg js map mjs otf png svg ttf webp woff woff2"
    .split(" "),
);
const LONGEST = 5;

/**
 * Whether a request is for a part of a page that a browser is loading: an existing image, style,
 * script or font with a page of the site as its referrer. One page may need many of them.
 */
export function isPagePiece(
  { method, path, status, referrer, host }: Pick<
    RequestRecord,
    "method" | "path" | "status" | "referrer" | "host"
  >,
): boolean {
  if (referrer === null || method !== "GET" || status >= 400) return false;
  const point = path.lastIndexOf(".");
  if (point < 0 || path.length - point - 1 > LONGEST) return false;
  return KINDS.has(path.slice(point + 1).toLowerCase()) &&
    (host === null || leadsFrom(referrer, host));
}

function leadsFrom(referrer: string, host: string): boolean {
  const start = referrer.indexOf("//") + 2;
  if (start < 2 || !referrer.startsWith(host, start)) return false;
  const next = referrer[start + host.length];
  return next === undefined || next === "/" || next === ":";
}
