import { INBOX_ACTIONS } from "../../lib/console/inbox.ts";

/** Takes back what was just done, where that can be. */
export function UndoForm({ params }: { params: URLSearchParams }) {
  const of = params.get("bulk") ?? params.get("of");
  const ids = (params.get("undo") ?? "").split(".").filter((id) =>
    /^[\w-]{16}$/.test(id)
  );
  if (ids.length === 0 || !INBOX_ACTIONS.some((action) => action === of)) {
    return null;
  }
  return (
    <form method="post" class="inline">
      <input type="hidden" name="of" value={of!} />
      {ids.map((id) => <input type="hidden" key={id} name="id" value={id} />)}
      <button class="quiet small" type="submit" name="action" value="undo">
        Undo
      </button>
    </form>
  );
}
