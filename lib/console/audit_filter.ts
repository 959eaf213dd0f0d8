import { timeParam } from "../http/list_query.ts";
import type { AuditFilter } from "../store/audit.ts";

/** What the filter of an address consists of. */
export const AUDIT_FILTERS = [
  "who",
  "what",
  "target",
  "since",
  "until",
] as const;

/**
 * Which entries of the audit trail an address asks for.
 *
 * @throws {Refusal} 400 for a time that is none.
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
