import { CONDITION_ROWS, NOT_HELP } from "../../lib/policy/conditions/mod.ts";

/** What each condition of a rule matches. */
export function ConditionHelp() {
  const rows = [
    ...CONDITION_ROWS.map(([name, { help }]) => [name, help] as const),
    ["not", NOT_HELP] as const,
  ];
  return (
    <details>
      <summary>Conditions of a rule (when)</summary>
      <ul class="conditions">
        {rows.map(([name, help]) => (
          <li key={name}>
            <code>{name}</code>: {marked(help)}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Renders a text with `code` as elements. */
function marked(text: string) {
  return text.split("`").map((part, i) =>
    i % 2 ? <code key={i}>{part}</code> : part
  );
}
