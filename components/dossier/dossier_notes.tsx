import type { AuditEntry } from "../../lib/store/audit.ts";
import { MAX_NOTE, type Note } from "../../lib/lists/notes.ts";
import { Time } from "../ui/time.tsx";

/** The admins' note on an address, and their actions on it. */
export function DossierNotes(
  { note, past, now }: { note: Note | null; past: AuditEntry[]; now: number },
) {
  return (
    <section class="panel">
      <h2>Notes and history</h2>
      <form method="post" class="stack">
        <div class="field">
          <label for="note">Note</label>
          <textarea id="note" name="text" rows={3} maxLength={MAX_NOTE}>
            {note?.text}
          </textarea>
          {note && (
            <span class="hint">
              By {note.by}, <Time at={note.at} now={now} />.
            </span>
          )}
        </div>
        <div>
          <button class="quiet" type="submit" name="action" value="note">
            Save the note
          </button>
        </div>
      </form>
      {past.length > 0 && (
        <ul class="plain">
          {past.map((entry) => (
            <li key={entry.id}>
              <Time at={entry.at} now={now} />:{" "}
              {entry.what.replaceAll("_", " ")} by {entry.who}
              {entry.why && <span class="muted">, {entry.why}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
