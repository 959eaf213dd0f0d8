import type { ComponentChildren } from "preact";
import { dossierPath } from "../ui/dossier_link.tsx";

/** The suffix of a filter parameter whose value is excluded. */
const EXCEPT = "!";
/** Filters whose values can be copied; a status is short enough to type. */
const COPIED = new Set(["ip", "path", "username"]);

/**
 * A value of a request with its actions: filter the log by it, exclude it, copy it, open the
 * dossier of an address. A `<details>`, so that it opens without JavaScript.
 */
export function ValueMenu(
  { name, value, query, children = value }: {
    /** The filter's name. */
    name: string;
    value: string;
    /** The active filters, as URL parameters. */
    query: string;
    children?: ComponentChildren;
  },
) {
  const { only, without } = filtersWith(query, name, value);
  return (
    <details class="value" name="value">
      <summary>{children}</summary>
      <span class="acts">
        {name === "ip" && <a href={dossierPath(value)}>Open dossier</a>}
        <a href={`/admin/requests?${only}`}>Only this</a>
        <a href={`/admin/requests?${without}`}>
          Leave out
        </a>
        {COPIED.has(name) && (
          <button type="button" class="link needs-js" data-copy="">
            Copy
          </button>
        )}
      </span>
    </details>
  );
}

/** The active filters with one value included, and with that value excluded. */
function filtersWith(
  query: string,
  name: string,
  value: string,
): { only: URLSearchParams; without: URLSearchParams } {
  const only = new URLSearchParams(query);
  only.delete(name + EXCEPT, value);
  only.set(name, value);
  const without = new URLSearchParams(query);
  if (without.get(name) === value) without.delete(name);
  if (!without.getAll(name + EXCEPT).includes(value)) {
    without.append(name + EXCEPT, value);
  }
  return { only, without };
}
