import type { StandingLimit } from "./standing_limits.ts";

/** An active limit as in the API. */
export interface LimitItem {
  kind: StandingLimit["kind"];
  rule: string;
  subject: string;
  limit: number;
  window_seconds: number;
  opens_at: string;
}

/** See {@linkcode LimitItem}. */
export function limitItem(
  { kind, rule, subject, limit, windowMs, opensAt }: StandingLimit,
): LimitItem {
  return {
    kind,
    rule,
    subject,
    limit,
    window_seconds: windowMs / 1_000,
    opens_at: new Date(opensAt).toISOString(),
  };
}
