import type { Counted } from "./census.ts";
import { LAST, mergeEvidence } from "./evidence.ts";
import type { Tally, TallyRule } from "./rule.ts";
import type { Evidence, Period } from "./types.ts";

/** How much a {@linkcode TallyBook} may remember. */
export interface TallyLimits {
  /** Subjects counted at once. */
  subjects: number;
  /** Samples kept as evidence beside the first few of each subject. */
  samples: number;
}

/** Distinct values of one subject beyond this are not told apart. */
const MAX_DISTINCT = 1_000;
/** Distinct values of all subjects together that are told apart. */
const MAX_VALUES = 200_000;

/** Of a sample that is not there yet: later than all, and the largest small integer (24 days). */
const NEVER = 2 ** 31 - 1;

/**
 * What is known of one subject. Tens of thousands of these live at once, so it holds small integers
 * and references only; its times count from the window's beginning. They stand beside the samples
 * because a look into those is a cache miss each.
 */
class Entry {
  count = 0;
  matched = 0;
  marked = 0;
  first: number;
  secondAt = NEVER;
  last: number;
  earliest: Evidence;
  second: Evidence | null = null;
  latest: Evidence[] | null = null;
  values: Set<string> | null = null;

  constructor(sample: Evidence, at: number) {
    this.earliest = sample;
    this.first = at;
    this.last = at;
  }
}

/**
 * Counts one rule's matching records in one window, by subject, in bounded memory.
 *
 * When more subjects turn up than it may remember, the half with the lowest counts is forgotten.
 * A count can then be too low, never too high: a flood of random addresses may hide an offender
 * just above the threshold, but nobody is accused of what they did not do.
 */
export class TallyBook<T extends { timestamp: number }> {
  readonly window: Period;
  /** Subjects forgotten for lack of room. */
  forgotten = 0;
  readonly #rule: TallyRule<T>;
  readonly #limits: TallyLimits;
  readonly #sampleOf: (record: T) => Evidence;
  readonly #sampledFrom: number;
  readonly #entries = new Map<string, Entry>();
  #samples = 0;
  #values = 0;

  /** @param sampleOf Copies what may become evidence: a record does not last. */
  constructor(
    rule: TallyRule<T>,
    window: Period,
    limits: TallyLimits,
    sampleOf: (record: T) => Evidence,
  ) {
    this.#rule = rule;
    this.window = window;
    this.#limits = limits;
    this.#sampleOf = sampleOf;
    const { threshold } = rule;
    // A count of requests grows by one each; others may leap.
    this.#sampledFrom = rule.distinct || rule.markThreshold !== undefined
      ? threshold / 2
      : Math.max(threshold / 2, threshold - 2 * LAST);
  }

  /** Counts a record that matches by `weight`. */
  add(subject: string, record: T, weight: number): void {
    const rule = this.#rule;
    const at = record.timestamp - this.window.from;
    let entry = this.#entries.get(subject);
    if (entry === undefined) {
      if (this.#entries.size >= this.#limits.subjects) this.#forget();
      entry = new Entry(this.#sampleOf(record), at);
      this.#entries.set(subject, entry);
    } else {
      this.#sample(entry, record, at);
      if (at > entry.last) entry.last = at;
    }
    entry.matched++;
    if (rule.distinct === undefined) entry.count += weight;
    else this.#addValue(entry, rule.distinct(record));
    if (rule.marks !== undefined) entry.marked += Number(rule.marks(record));
  }

  #addValue(entry: Entry, value: string | null): void {
    if (value === null) return;
    const values = entry.values ??= new Set();
    if (values.size >= MAX_DISTINCT || this.#values >= MAX_VALUES) return;
    values.add(value);
    this.#values += values.size - entry.count;
    entry.count = values.size;
  }

  /**
   * The first records of every subject are kept. The last ones are kept once the threshold is near,
   * so that the many who never come near it cost little.
   */
  #sample(entry: Entry, record: T, at: number): void {
    let later: Evidence | null = null;
    if (at < entry.secondAt) {
      later = entry.second;
      const sample = this.#sampleOf(record);
      [at, entry.secondAt] = [entry.secondAt, at];
      entry.second = sample;
      if (entry.secondAt < entry.first) {
        [entry.first, entry.secondAt] = [entry.secondAt, entry.first];
        [entry.earliest, entry.second] = [entry.second, entry.earliest];
      }
      if (later === null) return;
    }
    if (entry.count <= this.#sampledFrom) return;
    const latest = entry.latest ??= [];
    if (latest.length < LAST && this.#samples < this.#limits.samples) {
      this.#samples++;
    } else if (
      latest.length === 0 || at + this.window.from < latest[0]!.timestamp
    ) {
      return;
    } else {
      latest.shift();
    }
    insert(latest, later ?? this.#sampleOf(record));
  }

  #forget(): void {
    const entries = this.#entries;
    const room = Math.floor(this.#limits.subjects / 2);
    const counts = new Float64Array(entries.size);
    let index = 0;
    for (const entry of entries.values()) counts[index++] = entry.count;
    counts.sort();
    const lowest = counts[counts.length - room] ?? Infinity;
    let ties = counts.length - room;
    for (const count of counts) if (count < lowest) ties--;
    for (const [subject, entry] of entries) {
      if (entry.count > lowest) continue;
      if (entry.count === lowest && ties-- <= 0) continue;
      this.#samples -= entry.latest?.length ?? 0;
      this.#values -= entry.values?.size ?? 0;
      entries.delete(subject);
      this.forgotten++;
    }
  }

  /** What was counted of a subject, above the threshold or not. */
  counted(subject: string): Counted | undefined {
    const entry = this.#entries.get(subject);
    return entry && asCounted(entry);
  }

  /** The same of all subjects. */
  *all(): Generator<[subject: string, counted: Counted]> {
    for (const [subject, entry] of this.#entries) {
      yield [subject, asCounted(entry)];
    }
  }

  /** The subjects above the rule's threshold. */
  *above(): Generator<Tally> {
    const { threshold, markThreshold = Infinity } = this.#rule;
    for (const [subject, entry] of this.#entries) {
      if (entry.count <= threshold && entry.marked <= markThreshold) continue;
      yield {
        subject,
        window: this.window,
        count: entry.count,
        threshold,
        matched: entry.matched,
        marked: entry.marked,
        first: this.window.from + entry.first,
        last: this.window.from + entry.last,
        get evidence() {
          return evidenceOf(entry);
        },
      };
    }
  }
}

function asCounted({ matched, marked }: Entry): Counted {
  return { requests: matched, signedIn: marked > 0 };
}

function evidenceOf({ earliest, second, latest }: Entry): Evidence[] {
  const first = second ? [earliest, second] : [earliest];
  return mergeEvidence(first, latest ?? []);
}

/** Keeps a handful of samples sorted by time; nearly always the new one is the last. */
function insert(samples: Evidence[], sample: Evidence): void {
  let at = samples.push(sample) - 1;
  for (; at > 0 && samples[at - 1]!.timestamp > sample.timestamp; at--) {
    samples[at] = samples[at - 1]!;
  }
  samples[at] = sample;
}
