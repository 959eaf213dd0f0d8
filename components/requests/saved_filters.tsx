import {
  MAX_FILTER_NAME,
  type SavedFilter,
} from "../../lib/log/saved_filters.ts";

/** A user's saved filters, and a form that saves the active one. */
export function SavedFilters(
  { filters, query, isOpen }: {
    filters: SavedFilter[];
    /** The active filters, as URL parameters; empty for none. */
    query: string;
    isOpen?: boolean;
  },
) {
  if (filters.length === 0 && query === "") return null;
  return (
    <details class="menu" open={isOpen}>
      <summary class="chip">
        Saved filters{filters.length > 0 && ` (${filters.length})`}
      </summary>
      <div class="panel tight menu-body start">
        {filters.length > 0 && (
          <ul class="plain">
            {filters.map(({ name, query }) => (
              <li key={name} class="row between">
                <a href={`/admin/requests?${query}`} aria-current="false">
                  {name}
                </a>
                <form method="post">
                  <input type="hidden" name="name" value={name} />
                  <button
                    class="quiet small"
                    type="submit"
                    name="action"
                    value="forget"
                    aria-label={`Remove: ${name}`}
                  >
                    Forget
                  </button>
                </form>
              </li>
            ))}
          </ul>
        )}
        {query !== "" && (
          <form method="post" class="stack">
            <input type="hidden" name="query" value={query} />
            <div class="field">
              <label for="filter-name">Save this filter as</label>
              <input
                id="filter-name"
                name="name"
                required
                maxLength={MAX_FILTER_NAME}
                autocomplete="off"
              />
            </div>
            <button type="submit" name="action" value="save">Save</button>
          </form>
        )}
      </div>
    </details>
  );
}
