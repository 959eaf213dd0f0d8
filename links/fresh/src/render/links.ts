type Props = Record<string, unknown>;

/**
 * Marks a link to the current page, or to a parent of it, including `/`. One with its own
 * `aria-current` is skipped; `undefined` counts as none.
 */
export function markActiveLink(props: Props, { pathname, search }: URL): void {
  const { href } = props;
  if (typeof href !== "string" || !href.startsWith("/")) return;
  if (props["aria-current"] !== undefined) return;
  const url = URL.parse(href, "http://localhost");
  if (url === null) return;
  const target = trimSlash(url.pathname);
  const here = trimSlash(pathname);
  if (target === here && (url.search === "" || url.search === search)) {
    props["data-current"] = "true";
    props["aria-current"] = "page";
  } else if (target === here || here.startsWith(`${target}/`)) {
    props["data-ancestor"] = "true";
    props["aria-current"] = "true";
  }
}

/** The root becomes empty: it is a parent of everything. */
function trimSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
