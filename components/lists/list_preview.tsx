import type { ListImpact } from "../../lib/console/block_list.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";

/** The impact of a block of several addresses, with the button to make it. */
export function ListPreview(
  { impact, reason, duration }: {
    impact: ListImpact;
    reason: string;
    /** The chosen duration. */
    duration: string;
  },
) {
  const { addresses, requests, users, crawlers, refused, measured } = impact;
  const left = addresses.length - refused.length;
  return (
    <section class="panel" id="preview" aria-label="Impact">
      <h2>
        What a block of <Num value={addresses.length} /> addresses would affect
      </h2>
      <p class={users.length > 0 ? "notice warn" : undefined}>
        In the last 7 days: <Num value={requests} /> requests,{" "}
        {users.length === 0
          ? "nobody signed in"
          : `signed-in users: ${users.join(", ")}`}
        {crawlers.length > 0 && `, crawlers: ${crawlers.join(", ")}`}
        {impact.includes_you && ", includes you"}.
        {measured < addresses.length &&
          ` Only ${measured} of them could be looked up in time.`}
      </p>
      {refused.length > 0 && (
        <ul class="plain">
          {refused.map(({ ip, why }) => (
            <li key={ip}>
              <DossierLink cidr={ip} /> is skipped: {why}
            </li>
          ))}
        </ul>
      )}
      {left > 0 && (
        <form method="post" class="row">
          <input type="hidden" name="action" value="block" />
          <input type="hidden" name="ip" value={addresses.join(" ")} />
          <input
            type="hidden"
            name="confirmed"
            value={addresses.join(" ")}
          />
          <input type="hidden" name="reason" value={reason} />
          <input type="hidden" name="for" value={duration} />
          <button type="submit">
            Block these <Num value={left} />
          </button>
        </form>
      )}
    </section>
  );
}
