import { FILTER_NAMES } from "../lib/guard/request_filter.ts";
import { linkTo } from "./pager.tsx";

const LABELS: Record<string, string> = {
  ip: "Address or range",
  path: "Path",
  method: "Method",
  status: "Status",
  country: "Country",
  username: "User",
  outcome: "Outcome",
  since: "Since",
  until: "Until",
};
const HINTS: Record<string, string> = {
  ip: "203.0.113.0/24",
  path: "/login or /admin*",
  method: "GET",
  status: "404 or 4xx",
  country: "DE or Germany",
  username: "",
  since: "2026-01-31T08:00Z",
  until: "2026-01-31T09:00Z",
};
const NAMES = [...FILTER_NAMES, "since", "until"];
/** Those that are asked for most; the others are a click away. */
const FIRST = ["ip", "path", "status", "outcome"];

/** Names of the filters that a page's address holds. */
export function filtersIn(url: URL): string[] {
  return NAMES.filter((name) => url.searchParams.get(name)?.trim());
}

/** The form that filters the log by its address, and the filters in use. */
export function RequestFilters({ url }: { url: URL }) {
  const set = filtersIn(url);
  const more = NAMES.filter((name) => !FIRST.includes(name));
  const field = (name: string) => (
    <FilterField
      key={name}
      name={name}
      value={url.searchParams.get(name) ?? ""}
    />
  );
  return (
    <form method="get" class="panel tight" aria-label="Filter">
      <div class="filters">
        {FIRST.map(field)}
        <button type="submit">Filter</button>
      </div>
      <details open={more.some((name) => set.includes(name))}>
        <summary>More filters</summary>
        <div class="filters">{more.map(field)}</div>
      </details>
      {set.length > 0 && (
        <div class="row" role="group" aria-label="Filters in use">
          {set.map((name) => <Chip key={name} name={name} url={url} />)}
          <a class="clear" href={url.pathname} aria-current="false">
            Clear all
          </a>
        </div>
      )}
    </form>
  );
}

function FilterField({ name, value }: { name: string; value: string }) {
  return (
    <div class="field">
      <label for={name}>{LABELS[name]}</label>
      {name === "outcome"
        ? (
          <select id={name} name={name}>
            {["", "allowed", "limited", "blocked"].map((outcome) => (
              <option
                key={outcome}
                value={outcome}
                selected={outcome === value}
              >
                {outcome || "any"}
              </option>
            ))}
          </select>
        )
        : (
          <input
            id={name}
            name={name}
            value={value}
            placeholder={HINTS[name]}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        )}
    </div>
  );
}

function Chip({ name, url }: { name: string; url: URL }) {
  const value = url.searchParams.get(name);
  return (
    <a
      class="chip"
      href={linkTo(url, { [name]: null, cursor: null })}
      aria-current="false"
      aria-label={`Remove filter ${LABELS[name]}: ${value}`}
    >
      <span>
        {LABELS[name]}: <strong>{value}</strong>
      </span>
      <span aria-hidden="true">✕</span>
    </a>
  );
}
