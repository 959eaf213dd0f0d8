import type { ComponentChildren } from "preact";

/**
 * A value of a request, as a link to the log filtered by it. It is not announced as the current
 * page where it leads to the same page with another filter, as Fresh would have it.
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
