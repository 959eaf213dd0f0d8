import type { InputHTMLAttributes } from "preact";

/** What {@linkcode Field} shows; the rest goes to the input. */
export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  hint?: string;
  error?: string;
}

/** A labelled input whose hint and error are tied to it. */
export function Field({ name, label, hint, error, ...input }: FieldProps) {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(
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
        {...input}
      />
      {hint && <span class="hint" id={`${name}-hint`}>{hint}</span>}
      {error && <span class="hint" id={`${name}-error`}>{error}</span>}
    </div>
  );
}
