import type { FindingDraft } from "../draft.ts";
import { mergeEvidence } from "../evidence.ts";
import type { SummaryRule } from "../summary.ts";
import { HOUR } from "../types.ts";
import { inTheHour } from "./words.ts";

/**
 * What the other rules found about an address, added up: several weak signals make one strong one,
 * as in the anomaly scoring of ModSecurity's Core Rule Set. Info counts 1, a warning 3, a critical
 * finding 5, times the rule's weight.
 */
export function anomalyScore(): SummaryRule {
  return {
    name: "anomaly_score",
    about:
      "Findings about one address added up: info 1, warning 3, critical 5, times the rule's weight.",
    stream: "findings",
    severity: "critical",
    windowMs: HOUR,
    threshold: 7,
    weight: 0,
    judge({ period, drafts }, { threshold, severity }) {
      const byAddress = new Map<string, FindingDraft[]>();
      for (const draft of drafts) {
        const known = byAddress.get(draft.ip_address);
        if (known) known.push(draft);
        else byAddress.set(draft.ip_address, [draft]);
      }
      return [...byAddress].flatMap(([subject, found]) => {
        const score = found.reduce((sum, { score }) => sum + score, 0);
        if (score <= threshold || found.length < 2) return [];
        const parts = found.map(({ rule, score }) => `${rule} ${score}`).sort();
        return [{
          subject,
          severity,
          count: score,
          first: Math.min(...found.map(({ first_seen }) => first_seen)),
          last: Math.max(...found.map(({ last_seen }) => last_seen)),
          evidence: found.reduce(
            (all, { evidence }) => mergeEvidence(all, evidence),
            [] as FindingDraft["evidence"],
          ),
          explanation: `score ${score} ${inTheHour(period)}: ${
            parts.join(", ")
          }`,
        }];
      });
    },
  };
}
