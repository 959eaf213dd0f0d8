import type { LoginEvent } from "../accounts/login_log.ts";
import type { SeenRows } from "../log/fresh_views.ts";
import type { RequestRecord } from "../log/request_record.ts";

/** A period in milliseconds since the epoch: `from` is included, `to` is not. */
export interface Period {
  from: number;
  to: number;
}

/** The logs that detection reads. */
export interface RecordSource {
  /**
   * Every stored record with from ≤ timestamp < to, in chunks, in no guaranteed order. A record is
   * valid until the next one is taken; copy what must be kept.
   */
  scan(range: Period): AsyncIterable<Iterable<RequestRecord>>;
  /**
   * The same, but only records not returned before for this `seen`; missing if a source cannot tell
   * which. With `isWhole`, it also looks for records that were written late.
   */
  fresh?(
    range: Period,
    seen: SeenRows,
    isWhole: boolean,
  ): AsyncIterable<Iterable<RequestRecord>>;
  /** The same for login attempts; missing if there are none, as with an imported log. */
  logins?(range: Period): AsyncIterable<LoginEvent>;
  /** The same, for consecutive periods: many quiet ones are read together. */
  ahead?(): RecordSource;
}

/** How serious a finding is. `info` needs no action. */
export type Severity = "info" | "warning" | "critical";

/** Severities from the least to the most serious. */
export const SEVERITIES: readonly Severity[] = ["info", "warning", "critical"];

/** Compares severities: negative if `a` is less serious than `b`. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** A request that belongs to a finding, with shortened texts. */
export interface Evidence {
  /** Milliseconds since the epoch. */
  timestamp: number;
  method: string;
  path: string;
  status: number;
  user_agent: string | null;
}
