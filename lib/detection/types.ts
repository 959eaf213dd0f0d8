import type { LoginEvent } from "../accounts/login_log.ts";
import type { SeenRows } from "../log/fresh_views.ts";
import type { RequestRecord } from "../log/request_record.ts";

/** A stretch of time in milliseconds since the epoch: `from` is part of it, `to` is not. */
export interface Period {
  from: number;
  to: number;
}

/** Where detection reads what happened. */
export interface RecordSource {
  /**
   * Every stored record with from ≤ timestamp < to, in chunks, in no guaranteed order. A record is
   * good until the next one is taken; what is to be kept must be copied.
   */
  scan(range: Period): AsyncIterable<Iterable<RequestRecord>>;
  /**
   * Of the same, what was not given before to whoever has this `seen`; left out where a source
   * cannot tell. `isWhole` looks for what was written late, too.
   */
  fresh?(
    range: Period,
    seen: SeenRows,
    isWhole: boolean,
  ): AsyncIterable<Iterable<RequestRecord>>;
  /** The same of attempts to log in; left out where there are none, as with an imported log. */
  logins?(range: Period): AsyncIterable<LoginEvent>;
  /** The same, for stretches that follow each other: many quiet ones are read together. */
  ahead?(): RecordSource;
}

/** How serious a finding is. `info` is for the record and asks nobody to act. */
export type Severity = "info" | "warning" | "critical";

/** Severities from the least to the most serious. */
export const SEVERITIES: readonly Severity[] = ["info", "warning", "critical"];

/** Orders severities: negative where `a` is less serious than `b`. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** A request that belongs to a finding, cut small. */
export interface Evidence {
  /** Milliseconds since the epoch. */
  timestamp: number;
  method: string;
  path: string;
  status: number;
  user_agent: string | null;
}
