import type { LoginEvent } from "../accounts/login_log.ts";
import type { RequestRecord } from "../log/request_record.ts";
import type { Client } from "./clients.ts";
import type { RecordFilter } from "./record_filter.ts";
import type { SummaryRule } from "./summary.ts";
import type { Evidence, Period, Severity } from "./types.ts";

/** What the engine counted for one subject in one window. */
export interface Tally {
  /** What {@linkcode TallyRule.groupBy} gave, normally an address. */
  subject: string;
  window: Period;
  /** What is held against the threshold: the sum of `matches`, or the number of distinct values. */
  count: number;
  /** The threshold it was held against, which settings may have changed. */
  threshold: number;
  /** How many records matched. */
  matched: number;
  /** The sum of {@linkcode TallyRule.marks}; 0 without it. */
  marked: number;
  /** Time of the first matching request, in milliseconds since the epoch. */
  first: number;
  /** Time of the last matching request, in milliseconds since the epoch. */
  last: number;
  /** The distinct values, where the rule counts those; up to 1,000. */
  values: ReadonlySet<string>;
  /** What else the subject did in the period, whether it matched or not. */
  client: Client;
  /** The first and last few matching requests, by time. */
  evidence: Evidence[];
}

/** What is known of the site while records are counted. */
export interface Site {
  /** Whether one of its own pages led to a request. */
  ledTo(record: Pick<RequestRecord, "referrer" | "host">): boolean;
}

/** What every rule says of itself, whatever it reads. */
export interface RuleData {
  /** Machine-readable, stable: part of a finding's identity and the API's `reason`. */
  name: string;
  /** What it looks for, in one or two sentences, for the page about the rules. */
  about?: string;
  severity: Severity;
  /** Length of the window that is counted, in milliseconds. */
  windowMs: number;
  /** A finding needs more than this, strictly. */
  threshold: number;
  /** How much a finding weighs in an address's anomaly score. */
  weight: number;
  /** Its numbers come from the environment or a contract, and settings leave them alone. */
  isFixed?: boolean;
  /** The setting that fixes them. */
  fixedBy?: string;
  /** Its window belongs to what it means, and cannot be changed. */
  hasFixedWindow?: boolean;
}

/**
 * A rule is data and pure functions over records. It knows nothing of KV or of time, so the hourly
 * job, a rehearsal over the stored log and an imported log all run the same one.
 *
 * A rule stands alone in `rules/<name>.ts` and is listed in `rules/mod.ts`.
 */
export interface TallyRule<T> extends RuleData {
  /**
   * A window starts every so many milliseconds; less than `windowMs` makes windows slide. The last
   * one ends with the period that is judged.
   *
   * @default windowMs
   */
  everyMs?: number;
  /** Whom a record counts for; null leaves it out. */
  groupBy(record: T): string | null;
  /** Whether a record counts, or how much. */
  matches(record: T): boolean | number;
  /** A second count among the matching records, e.g. of the refused ones. */
  marks?(record: T): boolean | number;
  /**
   * More than this many marks are a finding, too, whatever the count.
   *
   * @default Infinity
   */
  markThreshold?: number;
  /** Counts distinct values instead of requests, up to 1,000; null leaves the record uncounted. */
  distinct?(record: T, site: Site): string | null;
  /** One sentence that tells an admin what was seen. */
  explain(tally: Tally): string;
  /** The severity where it depends on what was counted; null: no finding after all. */
  raise?(tally: Tally): Severity | null;
  /**
   * Asks somebody outside, once the counting is over, whether the finding holds. Nobody is accused
   * where no answer comes.
   */
  confirm?(tally: Tally): Promise<boolean>;
}

/** A rule over the request log. */
export interface Rule extends TallyRule<RequestRecord> {
  stream?: "requests";
  /** What of a record can be told from one field, so that the engine asks once per value. */
  only?: RecordFilter;
  /**
   * Whether requests that our own throttle refused count. Only for rules whose findings cannot make
   * the throttle stricter, or they would feed themselves. What our own blocklist refused never
   * counts, for any rule.
   *
   * @default false
   */
  countsLimited?: boolean;
}

/** A rule over the attempts to log in. */
export interface LoginRule extends TallyRule<LoginEvent> {
  stream: "logins";
}

/** Any rule; `stream` says what it reads, requests where it says nothing. */
export type AnyRule = Rule | LoginRule | SummaryRule;

/**
 * Checks a rule once, before a million records pass through it.
 *
 * @throws {RangeError} if its numbers make no sense.
 */
export function checkRule(rule: RuleData & { everyMs?: number }): void {
  const cannot = `Cannot use rule "${rule.name}": expected `;
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(rule.name)) {
    throw new RangeError(`${cannot}a name in snake_case, at most 40 long`);
  }
  if (!Number.isSafeInteger(rule.windowMs) || rule.windowMs <= 0) {
    throw new RangeError(`${cannot}windowMs to be a whole number above 0`);
  }
  const every = rule.everyMs ?? rule.windowMs;
  if (!Number.isSafeInteger(every) || every <= 0 || every > rule.windowMs) {
    throw new RangeError(`${cannot}everyMs between 1 and windowMs`);
  }
  if (!Number.isFinite(rule.threshold) || rule.threshold < 0) {
    throw new RangeError(`${cannot}a threshold of at least 0`);
  }
  if (!Number.isFinite(rule.weight) || rule.weight < 0) {
    throw new RangeError(`${cannot}a weight of at least 0`);
  }
}
