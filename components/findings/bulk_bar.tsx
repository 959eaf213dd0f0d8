/** The form that acts on the findings that are selected; their boxes name it. */
export const BULK_FORM = "bulk";

/** What can be done about all that are selected. */
export function BulkBar({ isResolved }: { isResolved: boolean }) {
  return (
    <form method="post" id={BULK_FORM} class="panel tight">
      <input type="hidden" name="action" value="bulk" />
      <div class="row" role="group" aria-label="Actions for the selection">
        <strong>Selected:</strong>
        <label class="inline">
          <input type="checkbox" name="all" value="1" /> all that match
        </label>
        {isResolved ? <Act value="reopen" class="quiet small">Reopen</Act> : (
          <>
            <Act value="resolve" class="quiet small">Dismiss</Act>
            <Act value="block" class="danger small">Block for 24 h</Act>
            <Act value="allow" class="quiet small">Allow</Act>
            <label class="inline">
              because
              <input
                name="why"
                maxLength={400}
                placeholder="a reason"
                autocomplete="off"
              />
            </label>
          </>
        )}
      </div>
    </form>
  );
}

function Act(
  { value, class: style, children }: {
    value: string;
    class: string;
    children: string;
  },
) {
  return (
    <button type="submit" class={style} name="bulk" value={value}>
      {children}
    </button>
  );
}
