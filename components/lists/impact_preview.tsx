import { Num } from "../ui/number.tsx";
import { Table } from "../ui/table.tsx";
import type { Impact } from "../../lib/log/impact.ts";
import { impactSentence } from "../../lib/console/impact_text.ts";
import { Time } from "../ui/time.tsx";

/** The impact of a block, before it is made. */
export function ImpactPreview(
  { impact, now }: { impact: Impact; now: number },
) {
  const { ip_address, last_seen_at, top_paths, note, refusal } = impact;
  const blocksUsers = impact.user_count > 0 || impact.includes_you ||
    refusal !== null;
  return (
    <section class="panel" id="preview" aria-label="Impact">
      <h2>
        What a block of <span class="mono">{ip_address}</span> would affect
      </h2>
      <p class={blocksUsers ? "notice warn" : undefined}>
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
        <Table
          label="Paths"
          class="plain"
          rows={top_paths}
          keyOf={({ path }) => path}
          columns={[
            {
              header: "Most asked for",
              class: "mono long",
              cell: ({ path }) => path,
            },
            {
              header: "Requests",
              class: "number",
              cell: ({ requests }) => <Num value={requests} />,
            },
          ]}
        />
      )}
    </section>
  );
}
