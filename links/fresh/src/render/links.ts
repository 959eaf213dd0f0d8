type Props = Record<string, unknown>;

/**
 * The attributes of a link to the current page (aria-current, data-current) or
 * to one above it (data-ancestor); null for any other.
 */
export function markActiveLink(props: Props, pathname: string): Props | null {
  const { href } = props;
  if (typeof href !== "string" || !/^\/(?!\/)/.test(href)) return null;
  const target = trimSlash(href.replace(/[?#].*$/s, ""));
  const here = trimSlash(pathname);
  if (target === here) {
    return {
      "aria-current": props["aria-current"] ?? "page",
      "data-current": props["data-current"] ?? "true",
    };
  }
  // "/" is above everything, which says nothing.
  if (target !== "/" && here.startsWith(target + "/")) {
    return { "data-ancestor": props["data-ancestor"] ?? "true" };
  }
  return null;
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
