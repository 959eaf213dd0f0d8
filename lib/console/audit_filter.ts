import { timeParam } from "../http/list_query.ts";
import type { AuditFilter } from "../store/audit.ts";

/** The URL parameters of the filter. */
export const AUDIT_FILTERS = [
  "who",
  "what",
  "target",
  "since",
  "until",
] as const;

/**
 * The filter of the audit trail that a URL contains.
 *
 * @throws {Refusal} 400 for an invalid time.
 */
export function auditFilter(params: URLSearchParams, now: number): AuditFilter {
  const text = (name: string) => params.get(name)?.trim() || undefined;
  return {
    who: text("who"),
    what: text("what")?.replaceAll(" ", "_"),
    target: text("target"),
    since: timeParam(params, "since", now),
    until: timeParam(params, "until", now),
  };
}
