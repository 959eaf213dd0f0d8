import { Field } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";

/** The errors of a submitted name and password. */
export interface AccountFormError {
  message: string;
  field?: "username" | "password";
}

/** The props of {@linkcode AccountForm}. */
export interface AccountFormProps {
  /** The form's purpose: login, signup or set-up. */
  action: string;
  submit: string;
  username?: string;
  error?: AccountFormError | null;
  /** Whether a new password is chosen; its rules are shown then. */
  isNew?: boolean;
  /** The token of a set-up link; null if it has to be typed. Omitted: no token is required. */
  setupToken?: string | null;
  /** Whether a recovery code is requested, with which an owner gets past a lock. */
  takesRecoveryCode?: boolean;
}

/** The form for name and password. */
export function AccountForm(
  { action, submit, username, error, isNew, takesRecoveryCode, setupToken }:
    AccountFormProps,
) {
  const at = (field: string) =>
    error?.field === field ? error.message : undefined;
  return (
    <form method="post" action={action} class="panel">
      {error && (
        <Notice kind="bad">
          {error.field
            ? <a href={`#${error.field}`}>{error.message}</a>
            : error.message}
        </Notice>
      )}
      {setupToken !== undefined && (
        <Field
          name="token"
          label="Set-up token"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
          value={setupToken ?? ""}
          hint="It is the part after # in the link that the server printed."
        />
      )}
      <Field
        name="username"
        label="User name"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        required
        maxLength={256}
        value={username}
        error={at("username")}
      />
      <Field
        name="password"
        label="Password"
        type="password"
        autocomplete={isNew ? "new-password" : "current-password"}
        hint={isNew
          ? "At least 8 characters. A few words that you can remember work well."
          : undefined}
        required
        error={at("password")}
      />
      {takesRecoveryCode && (
        <Field
          name="code"
          label="Recovery code"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={64}
          hint="Enter one of your recovery codes if there were too many attempts by others."
        />
      )}
      <button type="submit">{submit}</button>
    </form>
  );
}
