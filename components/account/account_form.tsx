import { Field } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";

/** What went wrong with a name and password that were sent. */
export interface AccountFormError {
  message: string;
  field?: "username" | "password";
}

/** What {@linkcode AccountForm} shows. */
export interface AccountFormProps {
  /** Where to: login, signup or set-up. */
  action: string;
  submit: string;
  username?: string;
  error?: AccountFormError | null;
  /** Whether the password is chosen here; the rules are shown then. */
  isNew?: boolean;
  /** The token of a set-up link; null where it is to be typed. Left out, none is asked for. */
  setupToken?: string | null;
  /** Whether a recovery code is asked for, by which an owner gets past a lock. */
  takesRecoveryCode?: boolean;
}

/** Name and password. */
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
