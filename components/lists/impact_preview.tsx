import type { Impact } from "../../lib/log/impact.ts";
import { impactSentence } from "../../lib/console/impact_text.ts";
import { Scroll } from "../ui/scroll.tsx";
import { Time } from "../ui/time.tsx";

/** Whom a block would hit, before it is ordered. */
export function ImpactPreview(
  { impact, now }: { impact: Impact; now: number },
) {
  const { ip_address, last_seen_at, top_paths, note, refusal } = impact;
  const hitsSomebody = impact.user_count > 0 || impact.includes_you ||
    refusal !== null;
  return (
    <section class="panel" id="preview" aria-label="Impact">
      <h2>
        What a block of <span class="mono">{ip_address}</span> would hit
      </h2>
      <p class={hitsSomebody ? "notice warn" : undefined}>
        {impactSentence(impact)}
      </p>
      {refusal && <p>{refusal}.</p>}
      {note && <p class="muted">{note}</p>}
      {last_seen_at !== null && (
        <p>
          Last seen <Time at={last_seen_at} now={now} />.
        </p>
      )}
      {top_paths.length > 0 && (
        <Scroll label="Paths">
          <table>
            <thead>
              <tr>
                <th scope="col">Most asked for</th>
                <th scope="col" class="number">Requests</th>
              </tr>
            </thead>
            <tbody>
              {top_paths.map(({ path, requests }) => (
                <tr key={path}>
                  <td class="mono long">{path}</td>
                  <td class="number">{requests.toLocaleString("en")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
