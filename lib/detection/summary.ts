import type { Clients } from "./clients.ts";
import type { FindingDraft } from "./draft.ts";
import type { RuleData } from "./rule.ts";
import type { Evidence, Period, Severity } from "./types.ts";

/** How many requests an hour usually has. */
export interface Baseline {
  median: number;
  /** Median absolute deviation from it. */
  mad: number;
  /** How many hours it is based on. */
  hours: number;
}

/** The other rules' findings in a period, and its clients. */
export interface Summary {
  period: Period;
  drafts: readonly FindingDraft[];
  /** All clients of the period. */
  clients: Clients;
  /** Null if too little is known about such hours. */
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

/**
 * A rule that judges a period by the other rules' findings and the clients; also a pure function.
 */
export interface SummaryRule extends RuleData {
  stream: "findings";
  /** @param data The rule's numbers, which settings may have changed. */
  judge(summary: Summary, data: RuleData): SummaryFinding[];
}
