import type { FindingFilters } from "../../lib/detection/finding_filter.ts";
import { SEVERITIES } from "../../lib/detection/types.ts";
import { Choice } from "../ui/choice.tsx";
import { linkTo } from "../ui/pager.tsx";

/** The form that filters a list of findings by URL parameters; view and order are kept. */
export function FindingFilterForm(
  { url, filters: { only, rule, ip }, rules }: {
    url: URL;
    filters: FindingFilters;
    /** The names to choose from. */
    rules: readonly string[];
  },
) {
  const kept = ["view", "sort"].flatMap((name) => {
    const value = url.searchParams.get(name);
    return value ? [{ name, value }] : [];
  });
  const isSet = only !== undefined || rule !== undefined || ip !== undefined;
  return (
    <form method="get" class="panel tight" aria-label="Filter findings">
      {kept.map(({ name, value }) => (
        <input type="hidden" key={name} name={name} value={value} />
      ))}
      <div class="filters">
        <Choice
          name="severity"
          label="Severity"
          value={only}
          options={SEVERITIES}
        />
        <Choice name="rule" label="Rule" value={rule} options={rules} />
        <div class="field">
          <label for="ip">Address</label>
          <input
            id="ip"
            name="ip"
            value={ip ?? ""}
            placeholder="203.0.113.9"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </div>
        <button type="submit">Filter</button>
        {isSet && (
          <a
            class="clear"
            href={linkTo(url, {
              severity: null,
              rule: null,
              ip: null,
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
