import type { InputHTMLAttributes } from "preact";

/** The props of {@linkcode Field}; the rest is passed to the input. */
export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  /** For a page with the same field twice. @default the name */
  id?: string;
  label: string;
  hint?: string;
  error?: string;
}

/** A labelled input with associated hint and error; an invalid one gets the focus. */
export function Field(
  { name, id = name, label, hint, error, ...input }: FieldProps,
) {
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(
    Boolean,
  ).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        aria-describedby={described || undefined}
        aria-invalid={error ? "true" : undefined}
        autofocus={error ? true : undefined}
        {...input}
      />
      {error && (
        <span class="hint error" id={`${id}-error`}>
          <span aria-hidden="true">✕</span> {error}
        </span>
      )}
      {hint && <span class="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}
