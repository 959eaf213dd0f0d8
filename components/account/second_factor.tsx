import { Field } from "../ui/field.tsx";
import { Notice } from "../ui/notice.tsx";
import { QrCode } from "./qr_code.tsx";

/** The errors of one of the forms. */
export interface SecondFactorError {
  action: string;
  field?: "password" | "code";
  message: string;
}

/** The id of a field, for the link from the error. */
export function fieldId(action: string, field: string): string {
  return field === "code" ? "code" : `${action}-password`;
}

/** The reason for it, and the button that starts the set-up. */
export function BeginSecondFactor() {
  return (
    <form method="post" class="panel">
      <p>
        With a second factor, a stolen password is not enough to log in: you
        also need a code from an authenticator app on your phone.
      </p>
      <button type="submit" name="action" value="begin">Set up</button>
    </form>
  );
}

/** The key for the app, and the form that turns the second factor on. */
export function SetUpSecondFactor(
  { key, uri, error }: {
    key: string;
    uri: string;
    error: SecondFactorError | null;
  },
) {
  return (
    <form method="post" class="panel">
      <h2>1. Add the key to your app</h2>
      <QrCode text={uri} label="QR code with the key for your app" />
      <p>Or type this key, or open the address below it on your phone:</p>
      <code class="secret">{key}</code>
      <a class="secret" href={uri}>{uri}</a>
      <h2>2. Confirm</h2>
      <input type="hidden" name="action" value="enable" />
      <Field
        name="code"
        label="Code from the app"
        autocomplete="one-time-code"
        inputmode="numeric"
        required
        maxLength={16}
        error={error?.field === "code" ? error.message : undefined}
      />
      <PasswordField action="enable" error={error} />
      <p class="muted">
        All other sessions and tokens will end. The key above expires after 15
        minutes.
      </p>
      <button type="submit">Turn on</button>
    </form>
  );
}

/** The recovery codes, which are shown only once. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <section class="panel" aria-labelledby="recovery">
      <h2 id="recovery">Your recovery codes</h2>
      <Notice kind="warn">
        Keep these in a place that you can reach without your phone. They are
        not shown again.
      </Notice>
      <p>Each can be used once in place of a code from the app.</p>
      <ul class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PasswordField(
  { action, error }: { action: string; error: SecondFactorError | null },
) {
  const isWrong = error?.action === action && error.field === "password";
  return (
    <Field
      name="password"
      id={fieldId(action, "password")}
      label="Your password"
      type="password"
      autocomplete="current-password"
      required
      error={isWrong ? error.message : undefined}
    />
  );
}

/** A form with only the password. */
export function ConfirmWithPassword(
  { action, title, text, submit, isDanger, username, error }: {
    action: string;
    title: string;
    text: string;
    submit: string;
    isDanger?: boolean;
    username: string;
    error: SecondFactorError | null;
  },
) {
  return (
    <form method="post" class="panel">
      <h2>{title}</h2>
      <p>{text}</p>
      <input type="hidden" name="action" value={action} />
      <input
        type="text"
        hidden
        autocomplete="username"
        value={username}
        readOnly
      />
      <PasswordField action={action} error={error} />
      <button type="submit" class={isDanger ? "danger" : undefined}>
        {submit}
      </button>
    </form>
  );
}
