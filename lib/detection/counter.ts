import { cutBytes } from "../base/text.ts";
import type { Clients } from "./clients.ts";
import { type FindingDraft, POINTS, worstFirst } from "./draft.ts";
import type { Sampler } from "./evidence.ts";
import { checkRule, type Tally, type TallyRule } from "./rule.ts";
import { TallyBook, type TallyLimits } from "./tally_book.ts";
import type { Period, Severity } from "./types.ts";

/** The time up to which evidence against a subject is resolved; undefined: none is. */
export type SettledUntil = (
  rule: string,
  subject: string,
) => number | undefined;

/** A draft whose evidence is not cut yet, because most drafts of a flood are dropped. */
export interface Found {
  ip_address: string;
  severity: Severity;
  count: number;
  tally: Tally;
  finish(): FindingDraft;
}

/** Options of {@linkcode Counter}. */
export interface CounterOptions<T> {
  rule: TallyRule<T>;
  period: Period;
  limits: TallyLimits;
  settledUntil: SettledUntil | undefined;
  /** The clients of the period; an IPv6 prefix counts as one client. */
  clients: Clients;
  sampler: Sampler<T>;
}

/** The range to read to judge a period: windows may begin earlier. */
export function scanRange(
  rules: readonly Pick<TallyRule<never>, "name" | "windowMs" | "everyMs">[],
  period: Period,
): Period {
  let from = period.from;
  for (const rule of rules) {
    from = Math.min(from, windowAt(rule, period, 0).from);
  }
  return { from, to: period.to };
}

type Windowed = Pick<TallyRule<never>, "name" | "windowMs" | "everyMs">;

/** How many windows of a rule end in a period. */
function windowsIn(rule: Windowed, period: Period): number {
  const every = rule.everyMs ?? rule.windowMs;
  const count = Math.ceil((period.to - period.from) / every);
  if (!(count >= 1 && count <= 10_000)) {
    throw new RangeError(
      `Cannot judge ${period.from} to ${period.to} by "${rule.name}": expected 1 to 10,000 windows`,
    );
  }
  return count;
}

/** One of the windows of a rule that end in a period; the last one ends with the period. */
function windowAt(rule: Windowed, period: Period, index: number): Period {
  const every = rule.everyMs ?? rule.windowMs;
  const to = period.to - (windowsIn(rule, period) - 1 - index) * every;
  return { from: to - rule.windowMs, to };
}

/** One rule's counts of a period. */
export class Counter<T extends { timestamp: number }> {
  readonly rule: TallyRule<T>;
  readonly #period: Period;
  readonly #count: number;
  /** Created on demand: most rules have nothing to count in most hours. */
  readonly #books: TallyBook<T>[] = [];
  readonly #makeBook: (window: Period) => TallyBook<T>;
  readonly #every: number;
  readonly #from: number;
  /** The end of the first window. */
  readonly #firstTo: number;
  readonly #settledUntil: SettledUntil | undefined;
  readonly #clients: Clients;

  /** @throws {RangeError} if the rule or the period is invalid. */
  constructor(
    { rule, period, limits, settledUntil, clients, sampler }: CounterOptions<
      T
    >,
  ) {
    checkRule(rule);
    this.rule = rule;
    this.#period = period;
    this.#settledUntil = settledUntil;
    this.#clients = clients;
    this.#every = rule.everyMs ?? rule.windowMs;
    const count = windowsIn(rule, period);
    const { from, to } = windowAt(rule, period, 0);
    this.#count = count;
    this.#from = from;
    this.#firstTo = to;
    // All windows of a rule share the limits of one.
    const share = (limit: number) => Math.ceil(limit / count);
    const shares = {
      subjects: Math.max(2, share(limits.subjects)),
      samples: share(limits.samples),
    };
    this.#makeBook = (window) =>
      new TallyBook(rule, window, shares, sampler, clients);
  }

  get forgotten(): number {
    return this.#books.reduce((sum, book) => sum + (book?.forgotten ?? 0), 0);
  }

  /** By how much a record can raise a subject's count; 0 if it does not count. */
  mostOf(record: T): number {
    const { timestamp } = record;
    if (timestamp < this.#from || timestamp >= this.#period.to) return 0;
    const weight = Number(this.rule.matches(record));
    if (!(weight > 0)) return 0;
    return this.rule.distinct ? 1 : weight;
  }

  /** If all records together raise a count no further than this, there are no findings. */
  get atLeast(): number {
    const { threshold, markThreshold } = this.rule;
    return markThreshold === undefined ? threshold : 0;
  }

  /**
   * Counts a record, unless the rule does not match it.
   *
   * @param client The number of the client with its address, if that is known.
   */
  count(record: T & { ip_address?: string }, client = -1): void {
    const { rule } = this;
    const { timestamp } = record;
    if (timestamp < this.#from || timestamp >= this.#period.to) return;
    const weight = Number(rule.matches(record));
    if (!(weight > 0)) return;
    const named = rule.groupBy(record);
    if (named === null) return;
    const settled = this.#settledUntil?.(rule.name, named);
    if (settled !== undefined && timestamp <= settled) return;
    const subject = this.#clients.keyOf(named);
    const number = named === record.ip_address ? client : -1;
    if (this.#count === 1) {
      this.#book(0).add(subject, record, weight, number);
      return;
    }
    // The first window that ends after the record; later ones contain it if they begin before it.
    const first = Math.floor((timestamp - this.#firstTo) / this.#every) + 1;
    for (let index = Math.max(0, first); index < this.#count; index++) {
      if (this.#from + index * this.#every > timestamp) break;
      this.#book(index).add(subject, record, weight, number);
    }
  }

  #book(index: number): TallyBook<T> {
    return this.#books[index] ??= this.#makeBook(
      windowAt(this.rule, this.#period, index),
    );
  }

  /** The worst window of each subject. */
  found(): Found[] {
    const worst = new Map<string, Found>();
    for (const book of this.#books) {
      for (const tally of book?.above() ?? []) {
        const severity = this.rule.raise
          ? this.rule.raise(tally)
          : this.rule.severity;
        if (severity === null) continue;
        const found: Found = {
          ip_address: this.#clients.busiest(tally.subject).address,
          severity,
          count: tally.count,
          tally,
          finish: () => this.#draft(tally, severity),
        };
        const other = worst.get(tally.subject);
        if (!other || worstFirst(found, other) < 0) {
          worst.set(tally.subject, found);
        }
      }
    }
    return [...worst.values()].sort(worstFirst);
  }

  #draft(tally: Tally, severity: Severity): FindingDraft {
    const { address, addresses } = this.#clients.busiest(tally.subject);
    const whole = addresses > 1
      ? `; ${addresses} addresses of ${tally.subject}`
      : "";
    return {
      rule: this.rule.name,
      ip_address: address,
      severity,
      score: this.rule.weight * POINTS[severity],
      count: tally.count,
      first_seen: tally.first,
      last_seen: tally.last,
      period: this.#period.from,
      evidence: tally.evidence,
      explanation: cutBytes(this.rule.explain(tally) + whole, 400),
    };
  }
}
