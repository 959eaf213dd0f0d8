import { Num } from "./number.tsx";

/** The form that acts on the rows that are selected; their boxes name it. */
export const BULK_FORM = "bulk";

export interface BulkAction {
  /** What the form sends for it. */
  value: string;
  label: string;
  danger?: boolean;
}

/** What can be done about all that are selected, or all that match. */
export function BulkBar({ name, actions, most, hidden, asksWhy }: {
  /** The field that the buttons send. */
  name: string;
  actions: readonly BulkAction[];
  /** How many "all that match" are, where it is known. */
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
