import type { Finding } from "./finding.ts";

/** A finding as the API and exports show it; times are ISO 8601, UTC. */
export function findingItem(finding: Finding) {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    id: finding.id,
    ip_address: finding.ip_address,
    reason: finding.rule,
    severity: finding.severity,
    score: finding.score,
    count: finding.count,
    explanation: finding.explanation,
    flagged_at: iso(finding.flagged_at),
    first_seen: iso(finding.first_seen),
    last_seen: iso(finding.last_seen),
    updated_at: iso(finding.updated_at),
    is_active: finding.is_active,
    resolved_by: finding.resolved_by,
    resolved_at: finding.resolved_at === null ? null : iso(finding.resolved_at),
    resolution: finding.resolution,
    windows: finding.windows.map(iso),
    evidence: finding.evidence.map((request) => ({
      ...request,
      timestamp: iso(request.timestamp),
    })),
  };
}
