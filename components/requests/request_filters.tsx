import { OUTCOMES } from "../../lib/log/request_record.ts";
import type { ComponentChildren } from "preact";
import { EXCEPT, FILTER_NAMES } from "../../lib/log/request_filter.ts";
import { linkTo } from "../ui/pager.tsx";

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

/** A filter in use. */
interface FilterInUse {
  name: string;
  value: string;
  /** Whether the value is left out and not looked for. */
  isExcept: boolean;
}

/** The filters that a page's address holds. */
export function filtersIn(url: URL): FilterInUse[] {
  const { searchParams: params } = url;
  return NAMES.flatMap((name) => {
    const value = params.get(name)?.trim();
    const except = params.getAll(name + EXCEPT).map((text) => text.trim());
    return [
      ...(value ? [{ name, value, isExcept: false }] : []),
      ...except.filter(Boolean)
        .map((value) => ({ name, value, isExcept: true })),
    ];
  });
}

/** The form that filters the log by its address, and the filters in use. */
export function RequestFilters(
  { url, children }: {
    url: URL;
    /** More to do with the filters in use. */
    children?: ComponentChildren;
  },
) {
  const set = filtersIn(url);
  const more = NAMES.filter((name) => !FIRST.includes(name));
  const isLive = url.searchParams.get("live") === "1";
  const field = (name: string) => (
    <FilterField
      key={name}
      name={name}
      value={url.searchParams.get(name) ?? ""}
    />
  );
  return (
    <section class="panel tight" aria-label="Filter">
      <form method="get" class="stack">
        {set.filter(({ isExcept }) => isExcept).map(({ name, value }) => (
          <input
            type="hidden"
            key={name + value}
            name={name + EXCEPT}
            value={value}
          />
        ))}
        {isLive && <input type="hidden" name="live" value="1" />}
        <div class="filters">
          {FIRST.map(field)}
          <button type="submit">Filter</button>
        </div>
        <details
          open={set.some(({ name, isExcept }) =>
            more.includes(name) && !isExcept
          )}
        >
          <summary>More filters</summary>
          <div class="filters">{more.map(field)}</div>
        </details>
      </form>
      <div class="row">
        {set.length > 0 && (
          <div class="row" role="group" aria-label="Filters in use">
            {set.map((filter) => (
              <Chip
                key={filter.name + filter.isExcept + filter.value}
                filter={filter}
                url={url}
              />
            ))}
            <a
              class="clear"
              href={isLive ? `${url.pathname}?live=1` : url.pathname}
              aria-current="false"
            >
              Clear all
            </a>
          </div>
        )}
        {children}
      </div>
    </section>
  );
}

function FilterField({ name, value }: { name: string; value: string }) {
  return (
    <div class="field">
      <label for={name}>{LABELS[name]}</label>
      {name === "outcome"
        ? (
          <select id={name} name={name}>
            {["", ...OUTCOMES].map((outcome) => (
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

function Chip(
  { filter: { name, value, isExcept }, url }: { filter: FilterInUse; url: URL },
) {
  const rest = new URL(url);
  const { searchParams: params } = rest;
  if (isExcept) params.delete(name + EXCEPT, value);
  else params.delete(name);
  const label = isExcept ? `not ${LABELS[name]}` : LABELS[name];
  return (
    <a
      class="chip"
      href={linkTo(rest, { cursor: null })}
      aria-current="false"
      aria-label={`Remove filter ${label}: ${value}`}
    >
      <span>
        {label}: <strong>{value}</strong>
      </span>
      <span aria-hidden="true">✕</span>
    </a>
  );
}
