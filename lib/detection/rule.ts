import type { LoginEvent } from "../accounts/login_log.ts";
import type { RequestRecord } from "../log/request_record.ts";
import type { Client } from "./clients.ts";
import type { RecordFilter } from "./record_filter.ts";
import type { SummaryRule } from "./summary.ts";
import type { Evidence, Period, Severity } from "./types.ts";

/** The engine's counts for one subject in one window. */
export interface Tally {
  /** The result of {@linkcode TallyRule.groupBy}, normally an address. */
  subject: string;
  window: Period;
  /**
   * The number to compare with the threshold: the sum of `matches`, or the number of distinct
   * values.
   */
  count: number;
  /** The threshold, which settings may have changed. */
  threshold: number;
  /** How many records matched. */
  matched: number;
  /** The sum of {@linkcode TallyRule.marks}; 0 without it. */
  marked: number;
  /** Time of the first matching request, in milliseconds since the epoch. */
  first: number;
  /** Time of the last matching request, in milliseconds since the epoch. */
  last: number;
  /** The distinct values, if the rule counts those; up to 1,000. */
  values: ReadonlySet<string>;
  /** All activity of the subject in the period, matching or not. */
  client: Client;
  /** The first and last few matching requests, by time. */
  evidence: Evidence[];
}

/** What is known about the site while records are counted. */
export interface Site {
  /** Whether one of its own pages led to a request. */
  ledTo(record: Pick<RequestRecord, "referrer" | "host">): boolean;
}

/** The common properties of all rules. */
export interface RuleData {
  /** Machine-readable and stable: part of a finding's identity and the API's `reason`. */
  name: string;
  /** What it looks for, in one or two sentences, for the page about the rules. */
  about?: string;
  severity: Severity;
  /** Length of the window that is counted, in milliseconds. */
  windowMs: number;
  /** A finding needs a count above this. */
  threshold: number;
  /** How much a finding weighs in an address's anomaly score. */
  weight: number;
  /** Its numbers come from the environment or a contract, and settings cannot change them. */
  isFixed?: boolean;
  /** The setting that fixes them. */
  fixedBy?: string;
  /** Its window is part of its meaning, and cannot be changed. */
  hasFixedWindow?: boolean;
}

/**
 * A rule is data and pure functions over records, independent of KV and the clock, so the hourly
 * job, a rehearsal over the stored log and an imported log all run the same one.
 *
 * Each rule is in a file of its own, `rules/<name>.ts`, and is listed in `rules/mod.ts`.
 */
export interface TallyRule<T> extends RuleData {
  /**
   * The interval between windows in milliseconds; if it is less than `windowMs`, windows overlap.
   * The last one ends with the judged period.
   *
   * @default windowMs
   */
  everyMs?: number;
  /** The subject of a record; null excludes the record. */
  groupBy(record: T): string | null;
  /** Whether a record counts, or how much. */
  matches(record: T): boolean | number;
  /** A second count among the matching records, for example of the refused ones. */
  marks?(record: T): boolean | number;
  /**
   * More than this many marks are a finding, too, whatever the count.
   *
   * @default Infinity
   */
  markThreshold?: number;
  /** Counts distinct values instead of requests, up to 1,000; null does not count the record. */
  distinct?(record: T, site: Site): string | null;
  /** One sentence that explains the finding to an admin. */
  explain(tally: Tally): string;
  /** The severity, if it depends on the counts; null: no finding. */
  raise?(tally: Tally): Severity | null;
  /**
   * Confirms a finding by an outside look-up after counting. Without an answer there is no finding.
   */
  confirm?(tally: Tally): Promise<boolean>;
}

/** A rule over the request log. */
export interface Rule extends TallyRule<RequestRecord> {
  stream?: "requests";
  /** Conditions on single fields, which the engine tests once per value. */
  only?: RecordFilter;
  /**
   * Whether throttled requests count. Only for rules whose findings cannot make the throttle
   * stricter, or they would cause themselves. Requests that our own blocklist refused never count,
   * for any rule.
   *
   * @default false
   */
  countsLimited?: boolean;
}

/** A rule over the login log. */
export interface LoginRule extends TallyRule<LoginEvent> {
  stream: "logins";
}

/** Any rule; `stream` says what it reads, by default requests. */
export type AnyRule = Rule | LoginRule | SummaryRule;

/** Rules that were checked: the same ones judge thousands of hours. */
const checked = new WeakSet<RuleData>();

/**
 * Checks a rule once, before it is used on many records.
 *
 * @throws {RangeError} if its numbers are invalid.
 */
export function checkRule(
  rule: Readonly<RuleData> & { everyMs?: number },
): void {
  if (checked.has(rule)) return;
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
  checked.add(rule);
}
