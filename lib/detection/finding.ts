import { hash } from "node:crypto";
import type { FindingDraft } from "./draft.ts";
import { mergeEvidence, sameEvidence } from "./evidence.ts";
import { compareSeverity, type Evidence, type Severity } from "./types.ts";
import { DAY } from "../base/duration.ts";

/** SuspiciousIP: one rule's finding about one address, as it is stored. */
export interface Finding {
  /** A hash of rule and address; safe in a URL. */
  id: string;
  ip_address: string;
  /** The rule's name; the API's `reason`. */
  rule: string;
  /** The highest severity of any window. */
  severity: Severity;
  /** How much it adds to the anomaly score of its address. */
  score: number;
  /** The highest count of any window. */
  count: number;
  /** Times are milliseconds since the epoch. */
  first_seen: number;
  last_seen: number;
  flagged_at: number;
  updated_at: number;
  /** Starts of the last hours in which the rule fired, at most 48, ascending. */
  windows: number[];
  evidence: Evidence[];
  explanation: string;
  is_active: boolean;
  /**
   * The last resolution. It is kept when new evidence raises the finding again, because older
   * evidence stays resolved.
   */
  resolved_by: string | null;
  resolved_at: number | null;
  resolution: string | null;
  /** The last decision; missing in findings stored by older versions. */
  decision?: Settled | null;
  /** When it expires. */
  expires_at: number;
}

/** The decision about a finding or an incident. */
const SETTLED = [
  "blocked",
  "refused",
  "safelisted",
  "dismissed",
] as const;

export type Settled = typeof SETTLED[number];

/** The decision of a finding or an incident; older versions stored only its reason. */
export function settledAs(
  { decision, resolution = null }: {
    decision?: Settled | null;
    resolution?: string | null;
  },
): Settled {
  if (decision) return decision;
  if (resolution === "on the safelist" || resolution === "allowed") {
    return "safelisted";
  }
  return resolution?.startsWith("blocked") ? "blocked" : "dismissed";
}

/** How long a finding is kept after its last change: longer than the request log. */
export const FINDING_LIFETIME_MS = 90 * DAY;

const MAX_WINDOWS = 48;

/**
 * The ids of findings: 96 bits of a hash of rule and address, base64url. An attacker can choose an
 * address, so the hash function has no known collisions.
 */
export function findingIds(
  drafts: readonly Pick<Finding, "rule" | "ip_address">[],
): string[] {
  return drafts.map(({ rule, ip_address }) =>
    // 16 letters of six bits.
    hash("sha256", `${rule}\n${ip_address}`, "base64url").slice(0, 16)
  );
}

/**
 * Merges a draft of the same rule and address into a stored finding; returns the same object if
 * nothing changes. Merging the same draft again changes nothing, and the order of the hours does
 * not affect counts and times.
 */
export function mergeFinding(
  stored: Finding | null,
  draft: FindingDraft,
  id: string,
  now: number,
): Finding {
  if (stored === null) return raised(draft, id, now);
  if (isSettled(stored, draft)) return stored;
  if (!stored.is_active) {
    return { ...raised(draft, id, now), ...resolution(stored) };
  }

  const worse = compareSeverity(draft.severity, stored.severity) ||
    draft.count - stored.count;
  const merged: Finding = {
    ...stored,
    severity: compareSeverity(draft.severity, stored.severity) > 0
      ? draft.severity
      : stored.severity,
    score: Math.max(stored.score, draft.score),
    count: Math.max(stored.count, draft.count),
    first_seen: Math.min(stored.first_seen, draft.first_seen),
    last_seen: Math.max(stored.last_seen, draft.last_seen),
    windows: [...new Set([...stored.windows, draft.period])]
      .sort((a, b) => a - b).slice(-MAX_WINDOWS),
    evidence: mergeEvidence(stored.evidence, draft.evidence),
    explanation: worse > 0 ? draft.explanation : stored.explanation,
  };
  if (same(merged, stored)) return stored;
  return { ...merged, updated_at: now, expires_at: now + FINDING_LIFETIME_MS };
}

/** Whether the evidence of a draft is older than the finding's resolution by an admin. */
export function isSettled(
  stored: Finding | null,
  draft: FindingDraft,
): boolean {
  return stored !== null && stored.resolved_at !== null &&
    draft.first_seen <= stored.resolved_at;
}

function raised(draft: FindingDraft, id: string, now: number): Finding {
  return {
    id,
    ip_address: draft.ip_address,
    rule: draft.rule,
    severity: draft.severity,
    score: draft.score,
    count: draft.count,
    first_seen: draft.first_seen,
    last_seen: draft.last_seen,
    flagged_at: now,
    updated_at: now,
    windows: [draft.period],
    evidence: draft.evidence,
    explanation: draft.explanation,
    is_active: true,
    resolved_by: null,
    resolved_at: null,
    resolution: null,
    expires_at: now + FINDING_LIFETIME_MS,
  };
}

function same(a: Finding, b: Finding): boolean {
  return a.severity === b.severity && a.score === b.score &&
    a.count === b.count && a.first_seen === b.first_seen &&
    a.last_seen === b.last_seen && a.explanation === b.explanation &&
    a.windows.length === b.windows.length &&
    a.windows.every((start, index) => start === b.windows[index]) &&
    sameEvidence(a.evidence, b.evidence);
}

function resolution(finding: Finding) {
  const { resolved_by, resolved_at, resolution, decision = null } = finding;
  return { resolved_by, resolved_at, resolution, decision };
}

/** Queues alerts about findings; resolves when the alerts are stored. */
export type AlertFindings = (
  findings: readonly Finding[],
  news: readonly Finding[],
) => Promise<void>;
