import { INCIDENT_FILTERS } from "../../lib/detection/incidents/filter.ts";
import { INCIDENT_KINDS } from "../../lib/detection/incidents/incident.ts";
import { SEVERITIES } from "../../lib/detection/types.ts";
import { Choice } from "../ui/choice.tsx";
import { linkTo } from "../ui/pager.tsx";

/** The form that filters the list of incidents by URL parameters; the view is kept. */
export function IncidentFilters({ url }: { url: URL }) {
  const { searchParams: params } = url;
  const view = params.get("view");
  const value = (name: string) => params.get(name) || undefined;
  const text = (name: string, label: string, hint: string) => (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={value(name) ?? ""}
        placeholder={hint}
        maxLength={128}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    </div>
  );
  const isSet = INCIDENT_FILTERS.some((name) => params.get(name));
  return (
    <form method="get" class="panel tight" aria-label="Filter incidents">
      {view && <input type="hidden" name="view" value={view} />}
      <div class="filters">
        <Choice
          name="kind"
          label="Kind"
          value={value("kind")}
          options={INCIDENT_KINDS}
        />
        <Choice
          name="severity"
          label="Severity"
          value={value("severity")}
          options={SEVERITIES}
        />
        {text("operator", "Operator", "part of its name")}
        {text("network", "Address or network", "203.0.113.0/24")}
        {text("since", "Seen since", "24h or 2026-01-31")}
        {text("until", "Started before", "2026-01-31T09:00Z")}
        <button type="submit">Filter</button>
        {isSet && (
          <a
            class="clear"
            href={linkTo(url, {
              ...Object.fromEntries(
                INCIDENT_FILTERS.map((name) => [name, null]),
              ),
              cursor: null,
            })}
            aria-current="false"
          >
            Clear all
          </a>
        )}
      </div>
    </form>
  );
}
