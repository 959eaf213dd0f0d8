import type { Check } from "../../lib/doctor/doctor.ts";

const KINDS = { ok: "good", warn: "warn", bad: "bad" } as const;
const WORDS = { ok: "✓ fine", warn: "! look", bad: "✕ wrong" } as const;
const ORDER = { bad: 0, warn: 1, ok: 2 } as const;

/** The doctor's checks, the worst first. */
export function CheckList({ checks }: { checks: Check[] }) {
  return (
    <ul class="panel flush checks">
      {checks.toSorted((a, b) => ORDER[a.level] - ORDER[b.level]).map((
        check,
      ) => (
        <li key={check.title}>
          <span class={`badge ${KINDS[check.level]}`}>
            {WORDS[check.level]}
          </span>
          <h2>{check.title}</h2>
          <div class="stack">
            <p>{check.detail}</p>
            {check.fix && <code class="secret">{check.fix}</code>}
          </div>
        </li>
      ))}
    </ul>
  );
}
