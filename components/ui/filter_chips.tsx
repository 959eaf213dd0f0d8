import { EXCEPT, FILTER_NAMES } from "../../lib/log/request_filter.ts";
import { linkTo } from "./pager.tsx";

/** The labels of filters. */
export const FILTER_LABELS: Record<string, string> = {
  ip: "Address or range",
  path: "Path",
  method: "Method",
  status: "Status",
  country: "Country",
  username: "User",
  outcome: "Outcome",
  host: "Host",
  signal: "Signal",
  rule: "Policy rule",
  asn: "Operator (AS)",
  operator: "Operator",
  bot: "Bot",
  user_agent: "User agent",
  browser: "Browser",
  system: "System",
  visitor: "Human or bot",
  referrer: "Referrer",
  console: "Console's own",
  since: "Since",
  until: "Until",
};

const NAMES = [...FILTER_NAMES, "since", "until"];

/** An active filter. */
export interface FilterInUse {
  name: string;
  value: string;
  /** Whether the value is excluded instead of included. */
  isExcept: boolean;
}

/** The active filters of a URL, except those given by name. */
export function filtersIn(
  url: URL,
  without: readonly string[] = [],
): FilterInUse[] {
  const { searchParams: params } = url;
  return NAMES.filter((name) => !without.includes(name)).flatMap((name) => {
    const value = params.get(name)?.trim();
    const except = params.getAll(name + EXCEPT).map((text) => text.trim());
    return [
      ...(value ? [{ name, value, isExcept: false }] : []),
      ...except.filter(Boolean)
        .map((value) => ({ name, value, isExcept: true })),
    ];
  });
}

/** The URL of the page without one of its filters. */
export function withoutFilter(url: URL, filter: FilterInUse): string {
  const rest = new URL(url);
  const { name, value, isExcept } = filter;
  if (isExcept) rest.searchParams.delete(name + EXCEPT, value);
  else rest.searchParams.delete(name);
  return linkTo(rest, { cursor: null });
}

/** The active filters, each a link that removes it. */
export function FilterChips(
  { url, filters, clear }: {
    url: URL;
    filters: FilterInUse[];
    /** The URL of the page without any filter. */
    clear: string;
  },
) {
  if (filters.length === 0) return null;
  return (
    <div class="row" role="group" aria-label="Filters in use">
      {filters.map((filter) => {
        const { name, value, isExcept } = filter;
        const label = (isExcept ? "not " : "") + FILTER_LABELS[name];
        return (
          <a
            key={name + isExcept + value}
            class="chip"
            href={withoutFilter(url, filter)}
            aria-current="false"
            aria-label={`Remove filter ${label}: ${value}`}
          >
            <span>
              {label}: <strong>{value}</strong>
            </span>
            <span aria-hidden="true">✕</span>
          </a>
        );
      })}
      <a class="clear" href={clear} aria-current="false">Clear all</a>
    </div>
  );
}
