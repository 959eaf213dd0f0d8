import { Field } from "../ui/field.tsx";

/**
 * The password for what the buttons of a table do: each names this form, and what it is about. The
 * Enter key, which would press the first of them, does nothing.
 */
export function ProvenForm(
  { id, action, hint, error }: {
    id: string;
    action: string;
    hint: string;
    error: string | undefined;
  },
) {
  return (
    <form method="post" id={id} class="head stack">
      <button type="submit" disabled hidden></button>
      <input type="hidden" name="action" value={action} />
      <Field
        id={`${action}-password`}
        name="password"
        label="Your password"
        type="password"
        autocomplete="current-password"
        hint={hint}
        error={error}
      />
    </form>
  );
}
