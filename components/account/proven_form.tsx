import { Field } from "../ui/field.tsx";

/**
 * The password field for the buttons of a table: each button refers to this form, and carries its
 * own target. The Enter key does nothing; it would press the first of them.
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
