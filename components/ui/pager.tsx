/** The links to the next page of a list and to its beginning. */
export function Pager({ url, cursor }: { url: URL; cursor: string | null }) {
  const here = url.searchParams.get("cursor");
  if (cursor === null && here === null) return null;
  return (
    <nav class="row between" aria-label="Pages">
      {here
        ? (
          <a
            class="button quiet small"
            href={linkTo(url, { cursor: null })}
            aria-current="false"
          >
            ← First page
          </a>
        )
        : <span />}
      {cursor
        ? (
          <a
            class="button quiet small"
            href={linkTo(url, { cursor })}
            rel="next"
            aria-current="false"
          >
            Next page →
          </a>
        )
        : <span class="muted">End of the list</span>}
    </nav>
  );
}

/** This page's URL with some parameters replaced, or removed if null. */
export function linkTo(
  url: URL,
  changes: Record<string, string | null>,
): string {
  const params = new URLSearchParams(url.searchParams);
  params.delete("fresh-partial");
  // Results of earlier actions are not carried along.
  for (const name of ["done", "of", "bulk", "n", "undo", "what"]) {
    params.delete(name);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  // A query may have colons (RFC 3986 §3.4): pages have hundreds of links with times and addresses.
  const query = params.toString().replaceAll("%3A", ":");
  return query ? `${url.pathname}?${query}` : url.pathname;
}
