/** The button that undoes an entry of the audit trail, for any page that shows it. */
export function UndoEntry(
  { id, label = "Undo", back }: {
    /** Its time and id, as `TIME.ID`. */
    id: string;
    /** The label for screen readers. */
    label?: string;
    /** The page shown afterwards. @default the audit trail */
    back?: string;
  },
) {
  const [at, ...rest] = id.split(".");
  return (
    <form method="post" action="/admin/audit" class="inline">
      <input type="hidden" name="at" value={at} />
      <input type="hidden" name="id" value={rest.join(".")} />
      {back && <input type="hidden" name="back" value={back} />}
      <button
        class="quiet small"
        type="submit"
        name="action"
        value="undo"
        aria-label={label}
      >
        Undo
      </button>
    </form>
  );
}

/** The name of an entry in a URL: time and id. */
export function undoId({ at, id }: { at: number; id: string }): string {
  return `${at}.${id}`;
}

/** The entry that a URL offers to undo, or null. */
export function undoParam(params: URLSearchParams): string | null {
  const text = params.get("undo") ?? "";
  return /^\d{1,15}\.[\da-f-]{36}$/.test(text) ? text : null;
}
