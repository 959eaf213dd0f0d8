/** The form fields for the events that a receiver gets. */
export interface ChoiceFieldsProps {
  /** The prefix of the fields' ids, if a page has several. */
  prefix?: string;
  least: "warning" | "critical";
  lists: boolean;
  /** `22:00`, or empty. */
  quietFrom: string;
  quietTo: string;
}

/** The choice of incidents, lists, and hours in which only critical alerts are sent. */
export function ChoiceFields(
  { prefix = "", least, lists, quietFrom, quietTo }: ChoiceFieldsProps,
) {
  return (
    <div class="filters hinted">
      <div class="field">
        <label for={`${prefix}least`}>Incidents</label>
        <select id={`${prefix}least`} name="least">
          <option value="warning" selected={least === "warning"}>
            warning and critical
          </option>
          <option value="critical" selected={least === "critical"}>
            critical only
          </option>
        </select>
      </div>
      <div class="field">
        <label for={`${prefix}quiet-from`}>
          Quiet hours from, UTC (optional)
        </label>
        <input
          id={`${prefix}quiet-from`}
          name="quiet_from"
          type="time"
          value={quietFrom}
        />
      </div>
      <div class="field">
        <label for={`${prefix}quiet-to`}>to</label>
        <input
          id={`${prefix}quiet-to`}
          name="quiet_to"
          type="time"
          value={quietTo}
          aria-describedby={`${prefix}quiet-hint`}
        />
        <span class="hint" id={`${prefix}quiet-hint`}>
          During quiet hours only critical alerts are sent; others wait.
        </span>
      </div>
      <label class="inline">
        <input type="checkbox" name="lists" value="1" checked={lists} />{" "}
        Changes of blocklist and safelist
      </label>
    </div>
  );
}
