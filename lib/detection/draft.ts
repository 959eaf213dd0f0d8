import { compareSeverity, type Evidence, type Severity } from "./types.ts";

/** A rule's finding about a subject in one period, not stored yet. */
export interface FindingDraft {
  rule: string;
  /** An address; for some rules a range, or `*` for the whole site. */
  ip_address: string;
  severity: Severity;
  score: number;
  count: number;
  /** Times of the first and last matching request, in milliseconds since the epoch. */
  first_seen: number;
  last_seen: number;
  /** Start of the judged period. */
  period: number;
  evidence: Evidence[];
  explanation: string;
}

/**
 * How much a finding adds to the score of its address, by severity, times the rule's weight: the
 * points of ModSecurity's Core Rule Set for notice, warning and critical, except that info counts
 * 1.
 */
export const POINTS: Record<Severity, number> = {
  info: 1,
  warning: 3,
  critical: 5,
};

/** The worst first: by severity, then count, then address. */
export function worstFirst(
  a: Pick<FindingDraft, "ip_address" | "severity" | "count">,
  b: Pick<FindingDraft, "ip_address" | "severity" | "count">,
): number {
  return compareSeverity(b.severity, a.severity) || b.count - a.count ||
    (a.ip_address < b.ip_address ? -1 : a.ip_address > b.ip_address ? 1 : 0);
}
