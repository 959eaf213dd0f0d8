import {
  type DashboardRange,
  RANGES,
} from "../../lib/console/dashboard_range.ts";
import { dateTime } from "./time.tsx";

/** The choice of the time range; keeps the named URL parameters. */
export function RangePicker(
  { range, keep, all, label = "Time range" }: {
    range: DashboardRange;
    /** The URL of the page without a range, if allowed, and whether it is shown now. */
    all?: { href: string; isCurrent: boolean };
    keep: URLSearchParams | Record<string, string>;
    label?: string;
  },
) {
  const isCustom = range.name === "custom";
  const kept = [...new URLSearchParams(keep)];
  return (
    <div class="row ranges">
      <nav class="row" aria-label={label}>
        {all && (
          <a
            class="chip"
            href={all.href}
            aria-current={all.isCurrent ? "true" : "false"}
          >
            any time
          </a>
        )}
        {Object.entries(RANGES).map(([name, { label }]) => (
          <a
            class="chip"
            key={name}
            href={`?${new URLSearchParams([["range", name], ...kept])}`}
            data-range={name}
            aria-current={name === range.name && !all?.isCurrent
              ? "true"
              : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      <details class="menu">
        <summary
          class="chip"
          aria-current={isCustom && !all?.isCurrent ? "true" : undefined}
        >
          From … to
        </summary>
        <form method="get" class="panel tight menu-body">
          {kept.map(([name, value], at) => (
            <input type="hidden" key={at} name={name} value={value} />
          ))}
          <DateField
            name="since"
            label="From (UTC)"
            at={range.since}
            required
          />
          <DateField name="until" label="To (UTC)" at={range.until} required />
          <button type="submit">Show</button>
        </form>
      </details>
    </div>
  );
}

/** A field for a time, UTC, with the browser's calendar. */
function DateField(
  { name, label, at, required }: {
    name: string;
    label: string;
    at: number | undefined;
    required?: boolean;
  },
) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type="datetime-local"
        required={required}
        value={at === undefined ? "" : dateTime(at)}
      />
    </div>
  );
}
