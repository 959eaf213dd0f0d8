import type { ComponentChildren } from "preact";
import type { Affected, Targets } from "../../lib/console/incident_preview.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";

/** Further ones are only counted. */
const SHOWN = 10;

/** The impact of a decision, after a sentence about its effect; and who is exempt. */
export function Affects(
  { preview, children }: {
    preview: Targets & Affected;
    children: ComponentChildren;
  },
) {
  const { spared, users, crawlers, requests, includes_you } = preview;
  return (
    <div class={users.length > 0 ? "notice warn" : "notice info"}>
      <p>
        {children} They made {preview.isWhole ? "" : "at least "}
        <Num value={requests} /> {requests === 1 ? "request" : "requests"}{" "}
        in the last 7 days; {users.length === 0
          ? preview.isWhole
            ? "nobody signed in from there"
            : "none of those by a signed-in user"
          : `signed-in users among them: ${users.join(", ")}`}
        {crawlers.length > 0 && `; crawlers and tools: ${crawlers.join(", ")}`}
        {includes_you && "; includes you"}.
      </p>
      {spared.length > 0 && (
        <p>
          Exempt:{" "}
          {spared.slice(0, SHOWN).map(({ ip_address, why }, at) => (
            <span key={ip_address}>
              {at > 0 && "; "}
              <DossierLink cidr={ip_address} /> ({why})
            </span>
          ))}
          {spared.length > SHOWN && ` and ${spared.length - SHOWN} more`}.
        </p>
      )}
    </div>
  );
}
