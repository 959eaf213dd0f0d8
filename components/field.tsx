import type { InputHTMLAttributes } from "preact";

/** What {@linkcode Field} shows; the rest goes to the input. */
export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  hint?: string;
  error?: string;
}

/** A labelled input whose hint and error are tied to it; a wrong one has the focus. */
export function Field({ name, label, hint, error, ...input }: FieldProps) {
  const described = [error && `${name}-error`, hint && `${name}-hint`].filter(
    Boolean,
  ).join(" ");
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        aria-describedby={described || undefined}
        aria-invalid={error ? "true" : undefined}
        autofocus={error ? true : undefined}
        {...input}
      />
      {error && (
        <span class="hint error" id={`${name}-error`}>
          <span aria-hidden="true">✕</span> {error}
        </span>
      )}
      {hint && <span class="hint" id={`${name}-hint`}>{hint}</span>}
    </div>
  );
}
