import { cutBytes } from "../base/text.ts";
import type { Clients } from "./clients.ts";
import { type FindingDraft, POINTS, worstFirst } from "./draft.ts";
import { checkRule, type Tally, type TallyRule } from "./rule.ts";
import { TallyBook, type TallyLimits } from "./tally_book.ts";
import type { Evidence, Period, Severity } from "./types.ts";

/** Until when the evidence against a subject is known and done with; undefined: nothing is. */
export type SettledUntil = (
  rule: string,
  subject: string,
) => number | undefined;

/** A draft whose evidence is not cut yet: most of a flood's are never kept. */
export interface Found {
  ip_address: string;
  severity: Severity;
  count: number;
  tally: Tally;
  finish(): FindingDraft;
}

/** What a {@linkcode Counter} is made for. */
export interface CounterOptions<T> {
  rule: TallyRule<T>;
  period: Period;
  limits: TallyLimits;
  settledUntil: SettledUntil | undefined;
  /** Who was there; an IPv6 prefix counts as one client. */
  clients: Clients;
  sampleOf: (record: T) => Evidence;
}

/** What has to be read to judge a period: windows may begin before it does. */
export function scanRange(
  rules: readonly Pick<TallyRule<never>, "name" | "windowMs" | "everyMs">[],
  period: Period,
): Period {
  let from = period.from;
  for (const rule of rules) {
    for (const window of windows(rule, period)) {
      from = Math.min(from, window.from);
    }
  }
  return { from, to: period.to };
}

/** The windows of a rule that end in a period, the last one together with it. */
function windows(
  rule: Pick<TallyRule<never>, "name" | "windowMs" | "everyMs">,
  period: Period,
): Period[] {
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

/** One rule's books of a period. */
export class Counter<T extends { timestamp: number }> {
  readonly rule: TallyRule<T>;
  readonly #period: Period;
  readonly #windows: Period[];
  /** Made when something is to be counted: most rules have nothing to count in most hours. */
  readonly #books: (TallyBook<T> | undefined)[];
  readonly #makeBook: (window: Period) => TallyBook<T>;
  readonly #every: number;
  readonly #from: number;
  readonly #settledUntil: SettledUntil | undefined;
  readonly #clients: Clients;

  /** @throws {RangeError} if the rule or the period makes no sense. */
  constructor(
    { rule, period, limits, settledUntil, clients, sampleOf }: CounterOptions<
      T
    >,
  ) {
    checkRule(rule);
    this.rule = rule;
    this.#period = period;
    this.#settledUntil = settledUntil;
    this.#clients = clients;
    this.#every = rule.everyMs ?? rule.windowMs;
    const all = windows(rule, period);
    this.#windows = all;
    this.#books = all.map(() => undefined);
    this.#from = all[0]!.from;
    // All windows of a rule together may remember what one could alone.
    const share = (limit: number) => Math.ceil(limit / all.length);
    const shares = {
      subjects: Math.max(2, share(limits.subjects)),
      samples: share(limits.samples),
    };
    this.#makeBook = (window) =>
      new TallyBook(rule, window, shares, sampleOf, clients);
  }

  get forgotten(): number {
    return this.#books.reduce((sum, book) => sum + (book?.forgotten ?? 0), 0);
  }

  /** Counts a record that the engine has not ruled out. */
  count(record: T): void {
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
    const all = this.#windows;
    if (all.length === 1) {
      this.#book(0).add(subject, record, weight);
      return;
    }
    // The first window that ends after the record; those that follow hold it while they begin
    // before it.
    const first = Math.floor((timestamp - all[0]!.to) / this.#every) + 1;
    for (let index = Math.max(0, first); index < all.length; index++) {
      if (all[index]!.from > timestamp) break;
      this.#book(index).add(subject, record, weight);
    }
  }

  #book(index: number): TallyBook<T> {
    return this.#books[index] ??= this.#makeBook(this.#windows[index]!);
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
