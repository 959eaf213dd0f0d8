import type { RequestRecord } from "../guard/request_record.ts";
import { cutBytes } from "../text.ts";
import { checkRule, type Rule, type Tally } from "./rule.ts";
import { TallyBook, type TallyLimits } from "./tally_book.ts";
import {
  compareSeverity,
  type Evidence,
  type Period,
  type Severity,
} from "./types.ts";

/** What a rule has found about a subject in one period, not stored yet. */
export interface FindingDraft {
  rule: string;
  ip_address: string;
  severity: Severity;
  score: number;
  count: number;
  /** Times of the first and last matching request, in milliseconds since the epoch. */
  first_seen: number;
  last_seen: number;
  /** Start of the period that was judged. */
  period: number;
  evidence: Evidence[];
  explanation: string;
}

/** What {@linkcode evaluate} found. */
export interface Evaluation {
  /** At most one per rule and subject; the worst first. */
  drafts: FindingDraft[];
  /** Records of the period that were read, those that count for no rule included. */
  examined: number;
  /** Subjects and findings left out because there were too many. */
  dropped: number;
}

/** Until when the evidence against a subject is known and done with; undefined: nothing is. */
export type SettledUntil = (
  rule: string,
  subject: string,
) => number | undefined;

/** What {@linkcode evaluate} can be told. */
export interface EvaluateOptions {
  /** Requests up to this time do not count any more, because an admin has resolved the finding. */
  settledUntil?: SettledUntil;
  /** @default 50,000 subjects and 100,000 samples per rule */
  limits?: TallyLimits;
  /** @default 20,000 findings per rule */
  maxDrafts?: number;
}

const LIMITS: TallyLimits = { subjects: 50_000, samples: 100_000 };
const MAX_DRAFTS = 20_000;

/** What a finding adds to the score of its address, by severity, times the rule's weight. */
const POINTS: Record<Severity, number> = { info: 1, warning: 3, critical: 5 };

/**
 * Judges one period by all rules in one pass over its records. Pure, but for reading the stream.
 *
 * Requests that our own blocklist refused never count, or a block would prolong itself; those our
 * throttle refused count for rules that ask for them.
 *
 * @throws {RangeError} if a rule or the period makes no sense.
 */
export async function evaluate(
  rules: readonly Rule[],
  records: AsyncIterable<RequestRecord[]>,
  period: Period,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const limits = options.limits ?? LIMITS;
  const counters = rules.map((rule) =>
    new Counter(rule, period, limits, options.settledUntil)
  );
  let examined = 0;
  for await (const chunk of records) {
    for (const record of chunk) {
      if (record.timestamp >= period.to) continue;
      if (record.timestamp >= period.from) examined++;
      if (record.outcome === "blocked") continue;
      for (const counter of counters) counter.count(record);
    }
  }

  const drafts: FindingDraft[] = [];
  let dropped = 0;
  for (const counter of counters) {
    const found = counter.drafts().sort(worstFirst);
    const kept = found.slice(0, options.maxDrafts ?? MAX_DRAFTS);
    dropped += counter.forgotten + found.length - kept.length;
    for (const draft of kept) drafts.push(draft.finish());
  }
  return { drafts: drafts.sort(worstFirst), examined, dropped };
}

/** What has to be read to judge a period: its windows may begin before it does. */
export function scanRange(rules: readonly Rule[], period: Period): Period {
  let from = period.from;
  for (const rule of rules) {
    for (const window of windows(rule, period)) {
      from = Math.min(from, window.from);
    }
  }
  return { from, to: period.to };
}

/** The windows of a rule that end in a period, the last one together with it. */
function windows(rule: Rule, period: Period): Period[] {
  checkRule(rule);
  const every = rule.everyMs ?? rule.windowMs;
  const count = Math.ceil((period.to - period.from) / every);
  if (!(count >= 1 && count <= 10_000)) {
    throw new RangeError(
      `Cannot judge ${period.from} to ${period.to} by "${rule.name}": expected 1 to 10,000 windows`,
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const to = period.to - (count - 1 - index) * every;
    return { from: to - rule.windowMs, to };
  });
}

/** A draft whose evidence is not cut yet: most of a flood's are never kept. */
interface Found {
  ip_address: string;
  severity: Severity;
  count: number;
  finish(): FindingDraft;
}

/** One rule's books of a period. */
class Counter {
  readonly #rule: Rule;
  readonly #period: Period;
  readonly #books: TallyBook[];
  readonly #every: number;
  readonly #from: number;
  readonly #settledUntil: SettledUntil | undefined;

  constructor(
    rule: Rule,
    period: Period,
    limits: TallyLimits,
    settledUntil: SettledUntil | undefined,
  ) {
    this.#rule = rule;
    this.#period = period;
    this.#settledUntil = settledUntil;
    this.#every = rule.everyMs ?? rule.windowMs;
    const all = windows(rule, period);
    this.#from = all[0]!.from;
    // All windows of a rule together may remember what one could alone.
    const share = (limit: number) => Math.ceil(limit / all.length);
    this.#books = all.map((window) =>
      new TallyBook(rule, window, {
        subjects: Math.max(2, share(limits.subjects)),
        samples: share(limits.samples),
      })
    );
  }

  get forgotten(): number {
    return this.#books.reduce((sum, book) => sum + book.forgotten, 0);
  }

  count(record: RequestRecord): void {
    const rule = this.#rule;
    if (record.outcome === "limited" && !rule.countsLimited) return;
    if (record.timestamp < this.#from) return;
    const weight = Number(rule.matches(record));
    if (!(weight > 0)) return;
    const subject = rule.groupBy(record);
    if (subject === null) return;
    const settled = this.#settledUntil?.(rule.name, subject);
    if (settled !== undefined && record.timestamp <= settled) return;
    const books = this.#books;
    if (books.length === 1) {
      books[0]!.add(subject, record, weight);
      return;
    }
    // The first window that ends after the record; those that follow hold it while they begin
    // before it.
    const first = Math.floor(
      (record.timestamp - books[0]!.window.to) / this.#every,
    ) + 1;
    for (let index = Math.max(0, first); index < books.length; index++) {
      const book = books[index]!;
      if (book.window.from > record.timestamp) break;
      book.add(subject, record, weight);
    }
  }

  /** The worst window of each subject. */
  drafts(): Found[] {
    const worst = new Map<string, Found>();
    for (const book of this.#books) {
      for (const tally of book.above()) {
        const severity = this.#rule.raise
          ? this.#rule.raise(tally)
          : this.#rule.severity;
        if (severity === null) continue;
        const found: Found = {
          ip_address: tally.subject,
          severity,
          count: tally.count,
          finish: () => this.#draft(tally, severity),
        };
        const other = worst.get(tally.subject);
        if (!other || worstFirst(found, other) < 0) {
          worst.set(tally.subject, found);
        }
      }
    }
    return [...worst.values()];
  }

  #draft(tally: Tally, severity: Severity): FindingDraft {
    return {
      rule: this.#rule.name,
      ip_address: tally.subject,
      severity,
      score: this.#rule.weight * POINTS[severity],
      count: tally.count,
      first_seen: tally.first,
      last_seen: tally.last,
      period: this.#period.from,
      evidence: tally.evidence,
      explanation: cutBytes(this.#rule.explain(tally), 400),
    };
  }
}

type Ranked = Pick<Found, "ip_address" | "severity" | "count">;

function worstFirst(a: Ranked, b: Ranked): number {
  return compareSeverity(b.severity, a.severity) || b.count - a.count ||
    (a.ip_address < b.ip_address ? -1 : a.ip_address > b.ip_address ? 1 : 0);
}
