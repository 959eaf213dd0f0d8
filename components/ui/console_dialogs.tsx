import { BLOCK_ID, SHORTCUTS_ID, SINGLE_KEYS_ID } from "./dialog_ids.ts";

const SHORTCUTS = [
  ["/, Ctrl K", "Search everything"],
  ["f", "Filter this page"],
  ["j, k", "Next row, previous row"],
  ["x", "Select the row"],
  ["o, Enter", "Open the row"],
  ["b", "Block the row's address (asks first)"],
  ["d, w, m", "Dashboard: 24 hours, 7 days, 30 days"],
  ["?", "This help"],
  ["Esc", "Close"],
] as const;

/**
 * The dialogs that keyboard shortcuts open. Not part of the island that opens them, which would
 * ship them as a script, too.
 */
export function ConsoleDialogs() {
  return (
    <>
      <dialog id={SHORTCUTS_ID} aria-labelledby="help-title">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <dl class="keys">
          {SHORTCUTS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label class="inline">
          <input id={SINGLE_KEYS_ID} type="checkbox" checked />
          Single keys work as shortcuts
        </label>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
      <dialog id={BLOCK_ID} aria-labelledby="block-title">
        <h2 id="block-title">Block an address or range</h2>
        <form method="post" action="/admin/blocked" class="stack">
          <input type="hidden" name="action" value="block" />
          <input type="hidden" name="check" value="all" />
          <label class="field">
            Address or range
            <input
              name="ip"
              required
              maxLength={64}
              autocomplete="off"
              spellcheck={false}
            />
          </label>
          <label class="field">
            Reason
            <input name="reason" maxLength={500} />
          </label>
          <label class="field">
            For
            <select name="for">
              <option value="1h">1 hour</option>
              <option value="24h" selected>24 hours</option>
              <option value="7d">7 days</option>
              <option value="">until unblocked</option>
            </select>
          </label>
          <div class="row">
            <button type="submit" class="quiet" name="preview" value="1">
              Preview
            </button>
            <button type="submit">Block</button>
            <button
              type="submit"
              class="quiet"
              formmethod="dialog"
              formnovalidate
            >
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
