import type { Suggestion } from "../../lib/detection/suggestions.ts";
import { DossierLink } from "../ui/dossier_link.tsx";

/** Blocks that the job suggests, each with a button that does it. */
export function BlockSuggestions(
  { suggestions }: { suggestions: Suggestion[] },
) {
  return (
    <section class="panel" aria-labelledby="suggested">
      <h2 id="suggested">Suggested blocks</h2>
      <ul class="plain">
        {suggestions.map(({ ip_address, durationMs, finding }) => {
          const hours = durationMs / 3_600_000;
          return (
            <li key={ip_address} class="row between">
              <span>
                <DossierLink cidr={ip_address} />{" "}
                <span class="mono">{finding.rule}</span>: {finding.explanation}
              </span>
              <form method="post">
                <input type="hidden" name="id" value={finding.id} />
                <input type="hidden" name="ip" value={ip_address} />
                <input
                  type="hidden"
                  name="reason"
                  value={`${finding.rule}: ${finding.explanation}`.slice(
                    0,
                    400,
                  )}
                />
                <input type="hidden" name="for" value={`${hours}h`} />
                <button
                  class="danger small"
                  type="submit"
                  name="action"
                  value="block"
                  aria-label={`Block ${ip_address} for ${hours} h`}
                >
                  Block {hours} h
                </button>
              </form>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
