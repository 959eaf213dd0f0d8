import { type FindingDraft, POINTS } from "./draft.ts";
import type { Clients } from "./clients.ts";

/** The rule whose findings count more together with others. */
const VOLUME = "high_volume";

/**
 * Makes a high volume a warning if the client has other findings above info: by itself it is
 * ordinary for many apps.
 */
export function raiseTogether(
  drafts: FindingDraft[],
  clients: Pick<Clients, "keyOf">,
): void {
  const others = new Map<string, string>();
  for (const { rule, severity, ip_address } of drafts) {
    if (rule === VOLUME || severity === "info") continue;
    const key = clients.keyOf(ip_address);
    if (!others.has(key)) others.set(key, rule);
  }
  if (others.size === 0) return;
  for (const [at, draft] of drafts.entries()) {
    if (draft.rule !== VOLUME || draft.severity !== "info") continue;
    const other = others.get(clients.keyOf(draft.ip_address));
    if (other === undefined) continue;
    drafts[at] = {
      ...draft,
      severity: "warning",
      score: draft.score / POINTS.info * POINTS.warning,
      explanation: `${draft.explanation}, with ${other}`,
    };
  }
}
