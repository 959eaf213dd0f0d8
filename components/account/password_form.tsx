import { Field } from "../ui/field.tsx";

/** The errors of a password change. */
export interface PasswordFormError {
  field?: "current" | "next";
  message: string;
}

/** The form to change one's own password. */
export function PasswordForm(
  { username, error, isPage = false }: {
    username: string;
    error: PasswordFormError | null;
    /** Whether it is the only form of the page, and has the page's heading. */
    isPage?: boolean;
  },
) {
  const at = (field: string) =>
    error?.field === field ? error.message : undefined;
  return (
    <form method="post" class="panel" id="password">
      {!isPage && <h2>Change password</h2>}
      <input type="hidden" name="action" value="password" />
      <input
        type="text"
        hidden
        autocomplete="username"
        value={username}
        readOnly
      />
      <Field
        name="current"
        label="Current password"
        type="password"
        autocomplete="current-password"
        required
        error={at("current")}
      />
      <Field
        name="next"
        label="New password"
        type="password"
        autocomplete="new-password"
        hint="At least 8 characters. All other sessions will end."
        required
        error={at("next")}
      />
      <button type="submit">Change password</button>
    </form>
  );
}
