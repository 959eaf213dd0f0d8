import {
  type DashboardRange,
  RANGES,
} from "../../lib/console/dashboard_range.ts";

/** Which stretch of time is shown; keeps the other parameters of the address that are named. */
export function RangePicker(
  { range, keep }: { range: DashboardRange; keep: Record<string, string> },
) {
  const isCustom = range.name === "custom";
  return (
    <div class="row ranges">
      <nav class="row" aria-label="Time range">
        {Object.entries(RANGES).map(([name, { label }]) => (
          <a
            class="chip"
            key={name}
            href={`?${new URLSearchParams({ range: name, ...keep })}`}
            data-range={name}
            aria-current={name === range.name ? "true" : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      <details class="menu">
        <summary class="chip" aria-current={isCustom ? "true" : undefined}>
          Custom
        </summary>
        <form method="get" class="panel tight menu-body">
          {Object.entries(keep).map(([name, value]) => (
            <input type="hidden" key={name} name={name} value={value} />
          ))}
          <End name="since" label="From (UTC)" at={range.since} />
          <End name="until" label="To (UTC)" at={range.until} />
          <button type="submit">Show</button>
        </form>
      </details>
    </div>
  );
}

function End(
  { name, label, at }: { name: string; label: string; at: number },
) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type="datetime-local"
        required
        value={new Date(at).toISOString().slice(0, 16)}
      />
    </div>
  );
}
