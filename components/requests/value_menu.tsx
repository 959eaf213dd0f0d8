import type { ComponentChildren } from "preact";
import { dossierPath } from "../ui/dossier_link.tsx";

/** What a filter parameter's name ends in where its value is left out. */
const EXCEPT = "!";
/** Filters whose values are too long to type; a status is not. */
const COPIED = new Set(["ip", "path", "username"]);

/**
 * A value of a request with what can be done about it: filter the log by it, leave it out, copy it,
 * open the dossier of an address. A `<details>`, so that it opens without JavaScript.
 */
export function ValueMenu(
  { name, value, query, children = value }: {
    /** Of the filter. */
    name: string;
    value: string;
    /** The filters in use, as parameters of an address. */
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

/** The filters in use with one value looked for, and with that value left out. */
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
