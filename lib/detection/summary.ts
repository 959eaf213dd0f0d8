import type { Clients } from "./clients.ts";
import type { FindingDraft } from "./draft.ts";
import type { RuleData } from "./rule.ts";
import type { Evidence, Period, Severity } from "./types.ts";

/** How many requests an hour usually has. */
export interface Baseline {
  median: number;
  /** Median absolute deviation from it. */
  mad: number;
  /** How many hours it was made of. */
  hours: number;
}

/** What the other rules found in a period, and who was there. */
export interface Summary {
  period: Period;
  drafts: readonly FindingDraft[];
  /** Everybody who was there. */
  clients: Clients;
  /** Null where too little is known of such hours. */
  baseline: Baseline | null;
}

/** A finding of a {@linkcode SummaryRule}. */
export interface SummaryFinding {
  /** An address, a range, or `*`. */
  subject: string;
  severity: Severity;
  count: number;
  first: number;
  last: number;
  evidence: Evidence[];
  explanation: string;
}

/** A rule that judges a period by what the other rules found in it: a pure function again. */
export interface SummaryRule extends RuleData {
  stream: "findings";
  /** @param data The rule's numbers as settings may have changed them. */
  judge(summary: Summary, data: RuleData): SummaryFinding[];
}
