import { OUTCOMES } from "../../lib/log/request_record.ts";
import { CONSOLE_WORDS, EXCEPT } from "../../lib/log/request_filter.ts";
import { VISITOR_KINDS } from "../../lib/bots/visitor_kind.ts";
import { SIGNALS } from "../../lib/signals/signal.ts";
import type { ComponentChildren } from "preact";
import { FILTER_LABELS, FilterChips, filtersIn } from "../ui/filter_chips.tsx";

const HINTS: Record<string, string> = {
  ip: "203.0.113.0/24, 198.51.100.7",
  path: "/login, /api/* or ~login",
  method: "GET,POST",
  status: "404,410 or 5xx",
  country: "DE,FR",
  username: "ann or ~an",
  host: "example.org",
  rule: "a rule's name",
  asn: "64500",
  operator: "~hosting",
  bot: "GPTBot or ai-training",
  user_agent: "~sqlmap",
  browser: "Firefox",
  system: "Windows",
  referrer: "~example.org",
  since: "2026-01-31T08:00Z or 24h",
  until: "2026-01-31T09:00Z",
};
/** The most frequent filters; the others are behind a click. */
const FIRST = ["ip", "path", "status", "outcome"];
const MORE = [
  "since",
  "until",
  "method",
  "country",
  "username",
  "operator",
  "asn",
  "visitor",
  "bot",
  "browser",
  "system",
  "user_agent",
  "referrer",
  "host",
  "signal",
  "rule",
  "console",
];
const CHOICES: Record<string, readonly string[]> = {
  outcome: OUTCOMES,
  visitor: VISITOR_KINDS,
  signal: SIGNALS,
  console: CONSOLE_WORDS,
};

/** The form that filters the log by URL parameters, and the active filters. */
export function RequestFilters(
  { url, children }: {
    url: URL;
    /** Further actions for the active filters. */
    children?: ComponentChildren;
  },
) {
  const set = filtersIn(url);
  const isLive = url.searchParams.get("live") === "1";
  const range = url.searchParams.get("range");
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
        {range && <input type="hidden" name="range" value={range} />}
        <div class="filters">
          {FIRST.map(field)}
          <button type="submit">Filter</button>
        </div>
        <details
          open={set.some(({ name, isExcept }) =>
            MORE.includes(name) && name !== "console" && !isExcept
          )}
        >
          <summary>More filters</summary>
          <div class="filters">{MORE.map(field)}</div>
          <p class="muted">
            <code>~text</code> matches a part, <code>*</code>{" "}
            at the end matches any continuation, commas separate several values.
          </p>
        </details>
      </form>
      <div class="row">
        <FilterChips
          url={url}
          filters={set}
          clear={isLive ? `${url.pathname}?live=1` : url.pathname}
        />
        {children}
      </div>
    </section>
  );
}

function FilterField({ name, value }: { name: string; value: string }) {
  const choices = CHOICES[name];
  // Values that the form cannot show, such as two outcomes, are kept.
  const isChoice = choices !== undefined &&
    (value === "" || choices.includes(value));
  return (
    <div class="field">
      <label for={name}>{FILTER_LABELS[name]}</label>
      {isChoice
        ? (
          <select id={name} name={name}>
            {["", ...choices].map((choice) => (
              <option key={choice} value={choice} selected={choice === value}>
                {choice || (name === "console" ? "hide" : "any")}
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
