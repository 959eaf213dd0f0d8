import { Num } from "./number.tsx";

/** The id of the form for the selected rows; their checkboxes refer to it. */
export const BULK_FORM = "bulk";

export interface BulkAction {
  /** The value that the form sends. */
  value: string;
  label: string;
  danger?: boolean;
}

/** The actions for all selected rows, or for all that match. */
export function BulkBar({ name, actions, most, hidden, asksWhy }: {
  /** The field that the buttons send. */
  name: string;
  actions: readonly BulkAction[];
  /** The number of "all that match", if known. */
  most?: number;
  /** Fields that are always sent. */
  hidden?: Record<string, string>;
  /** Whether a reason can be given. */
  asksWhy: boolean;
}) {
  return (
    <form method="post" id={BULK_FORM} class="panel tight">
      {Object.entries(hidden ?? {}).map(([key, value]) => (
        <input type="hidden" key={key} name={key} value={value} />
      ))}
      <div class="row" role="group" aria-label="Actions for the selection">
        <strong>Selected:</strong>
        <label class="inline">
          <input type="checkbox" name="all" value="1" /> all{" "}
          {most !== undefined && (
            <>
              <Num value={most} />
              {" "}
            </>
          )}that match
        </label>
        {actions.map(({ value, label, danger }) => (
          <button
            type="submit"
            key={value}
            class={danger ? "danger small" : "quiet small"}
            name={name}
            value={value}
          >
            {label}
          </button>
        ))}
        {asksWhy && (
          <label class="inline">
            because
            <input
              name="why"
              maxLength={400}
              placeholder="a reason"
              autocomplete="off"
            />
          </label>
        )}
      </div>
    </form>
  );
}
