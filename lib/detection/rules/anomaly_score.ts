import { HOUR } from "../../base/duration.ts";
import type { FindingDraft } from "../draft.ts";
import { mergeEvidence } from "../evidence.ts";
import type { SummaryRule } from "../summary.ts";
import { inTheHour } from "./words.ts";

/**
 * The sum of the other rules' findings about an address: several weak signals make one strong one,
 * as in the anomaly scoring of ModSecurity's Core Rule Set. Info counts 1, a warning 3, a critical
 * finding 5, times the rule's weight.
 */
export function anomalyScore(): SummaryRule {
  return {
    name: "anomaly_score",
    about:
      "The sum of the findings about one address: info 1, warning 3, critical 5, times the rule's weight.",
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
        const apart = countedOnce(found);
        const score = apart.reduce((sum, { score }) => sum + score, 0);
        if (score <= threshold || apart.length < 2) return [];
        const parts = apart.map(({ rule, score }) => `${rule} ${score}`).sort();
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

/** Rules that count every request, whatever its target. */
const VOLUMES = new Set(["high_volume", "flood"]);

/**
 * The findings with requests of their own, the highest score first: according to the evidence, no
 * request counts twice.
 */
function countedOnce(found: readonly FindingDraft[]): FindingDraft[] {
  const seen = new Set<string>();
  const isVolume = ({ rule }: FindingDraft) => VOLUMES.has(rule);
  return found.toSorted((a, b) =>
    Number(isVolume(a)) - Number(isVolume(b)) || b.score - a.score ||
    (a.rule < b.rule ? -1 : 1)
  ).filter((draft, at) => {
    if (isVolume(draft)) return at === 0;
    const requests = draft.evidence.map(({ timestamp, method, path }) =>
      `${timestamp} ${method} ${path}`
    );
    if (requests.some((request) => seen.has(request))) return false;
    for (const request of requests) seen.add(request);
    return true;
  });
}
