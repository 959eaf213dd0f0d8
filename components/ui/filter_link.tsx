import type { ComponentChildren } from "preact";

/**
 * A value of a request, as a link to the log filtered by it. Fresh would mark a link to the same
 * page with another filter as the current page; this one is not marked.
 */
export function FilterLink(
  { name, value, children = value }: {
    name: string;
    value: string;
    children?: ComponentChildren;
  },
) {
  return (
    <a
      href={`/admin/requests?${new URLSearchParams({ [name]: value })}`}
    >
      {children}
    </a>
  );
}
