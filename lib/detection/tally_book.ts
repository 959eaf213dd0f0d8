import type { Clients } from "./clients.ts";
import { LAST, mergeEvidence } from "./evidence.ts";
import type { Site, Tally, TallyRule } from "./rule.ts";
import { SubjectIndex } from "../lists/subject_index.ts";
import type { Evidence, Period } from "./types.ts";

/** The limits of a {@linkcode TallyBook}. */
export interface TallyLimits {
  /** Subjects counted at once. */
  subjects: number;
  /** Samples kept as evidence in addition to the first few of each subject. */
  samples: number;
}

const NOTHING: ReadonlySet<string> = new Set();
/** The most distinct values of one subject. */
const MAX_DISTINCT = 1_000;
/** The most distinct values of all subjects together. */
const MAX_VALUES = 200_000;

/**
 * Offsets of a subject's numbers in an array. They are adjacent, one cache line for each of tens of
 * thousands of subjects, because records arrive in random order.
 */
const STRIDE = 8;
const COUNT = 0;
const MATCHED = 1;
const MARKED = 2;
/** Times in milliseconds since the epoch: of the first two records and of the last. */
const FIRST = 3;
const SECOND = 4;
const LATEST = 5;

/** The data of a subject other than numbers. */
interface Kept {
  earliest: Evidence;
  second: Evidence | null;
  latest: Evidence[] | null;
  values: Set<string> | null;
}

/**
 * Counts one rule's matching records in one window, by subject, in bounded memory.
 *
 * When there are more subjects than the limit, the half with the lowest counts is dropped. A count
 * can then be too low, never too high: a flood of random addresses may hide an offender just above
 * the threshold, but there are no false findings.
 */
export class TallyBook<T extends { timestamp: number }> {
  readonly window: Period;
  /** Subjects dropped because of the limit. */
  forgotten = 0;
  readonly #rule: TallyRule<T>;
  readonly #limits: TallyLimits;
  readonly #sampleOf: (record: T) => Evidence;
  readonly #clients: Clients;
  readonly #site: Site;
  readonly #sampledFrom: number;
  #subjects = new SubjectIndex();
  #numbers = new Float64Array(2 * STRIDE);
  #kept: Kept[] = [];
  #samples = 0;
  #values = 0;

  /** @param sampleOf Copies the evidence of a record, as records are reused. */
  constructor(
    rule: TallyRule<T>,
    window: Period,
    limits: TallyLimits,
    sampleOf: (record: T) => Evidence,
    clients: Clients,
  ) {
    this.#clients = clients;
    this.#site = { ledTo: (record) => clients.referrers.has(record) };
    this.#rule = rule;
    this.window = window;
    this.#limits = limits;
    this.#sampleOf = sampleOf;
    const { threshold } = rule;
    // A count of requests grows by one each; others may grow faster.
    this.#sampledFrom = rule.distinct || rule.markThreshold !== undefined
      ? threshold / 2
      : Math.max(threshold / 2, threshold - 2 * LAST);
  }

  /** Counts a matching record by `weight`. */
  add(subject: string, record: T, weight: number): void {
    const rule = this.#rule;
    let number = this.#subjects.get(subject);
    if (number < 0) {
      if (this.#kept.length >= this.#limits.subjects) this.#forget();
      number = this.#begin(subject, record);
    } else {
      this.#sample(number, record);
    }
    const numbers = this.#numbers;
    const at = number * STRIDE;
    numbers[at + MATCHED]! += 1;
    if (rule.distinct === undefined) numbers[at + COUNT]! += weight;
    else this.#addValue(number, rule.distinct(record, this.#site));
    if (rule.marks !== undefined) {
      numbers[at + MARKED]! += Number(rule.marks(record));
    }
  }

  #begin(subject: string, record: T): number {
    const number = this.#subjects.add(subject);
    const at = number * STRIDE;
    if (at === this.#numbers.length) {
      const numbers = new Float64Array(2 * at);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    const { timestamp } = record;
    this.#numbers.fill(0, at, at + STRIDE);
    this.#numbers[at + FIRST] = timestamp;
    this.#numbers[at + SECOND] = Infinity;
    this.#numbers[at + LATEST] = timestamp;
    this.#kept.push({
      earliest: this.#sampleOf(record),
      second: null,
      latest: null,
      values: null,
    });
    return number;
  }

  #addValue(number: number, value: string | null): void {
    if (value === null) return;
    const values = this.#kept[number]!.values ??= new Set();
    if (values.size >= MAX_DISTINCT || this.#values >= MAX_VALUES) return;
    const before = values.size;
    values.add(value);
    this.#values += values.size - before;
    this.#numbers[number * STRIDE + COUNT] = values.size;
  }

  /**
   * Keeps the first records of every subject. The last ones are kept only near the threshold, so
   * that the many subjects below it cost little.
   */
  #sample(number: number, record: T): void {
    const numbers = this.#numbers;
    const at = number * STRIDE;
    const { timestamp } = record;
    if (timestamp > numbers[at + LATEST]!) numbers[at + LATEST] = timestamp;
    let displaced: Evidence | null = null;
    if (timestamp < numbers[at + SECOND]!) {
      const kept = this.#kept[number]!;
      displaced = kept.second;
      kept.second = this.#sampleOf(record);
      numbers[at + SECOND] = timestamp;
      if (timestamp < numbers[at + FIRST]!) {
        numbers[at + SECOND] = numbers[at + FIRST]!;
        numbers[at + FIRST] = timestamp;
        [kept.earliest, kept.second] = [kept.second, kept.earliest];
      }
      if (displaced === null) return;
    }
    if (numbers[at + COUNT]! <= this.#sampledFrom) return;
    const kept = this.#kept[number]!;
    const latest = kept.latest ??= [];
    const time = displaced?.timestamp ?? timestamp;
    if (latest.length < LAST && this.#samples < this.#limits.samples) {
      this.#samples++;
    } else if (latest.length === 0 || time < latest[0]!.timestamp) {
      return;
    } else {
      latest.shift();
    }
    insert(latest, displaced ?? this.#sampleOf(record));
  }

  #forget(): void {
    const room = Math.floor(this.#limits.subjects / 2);
    const all = this.#kept.length;
    const counts = Float64Array.from(
      { length: all },
      (_, number) => this.#numbers[number * STRIDE + COUNT]!,
    );
    const sorted = counts.toSorted();
    const lowest = sorted[all - room] ?? Infinity;
    let ties = all - room;
    for (const count of counts) if (count < lowest) ties--;
    const names = this.#subjects.names;
    const kept = this.#kept;
    this.#subjects = new SubjectIndex();
    this.#kept = [];
    for (let number = 0; number < all; number++) {
      const count = counts[number]!;
      const one = kept[number]!;
      if (count < lowest || count === lowest && ties-- > 0) {
        this.#samples -= one.latest?.length ?? 0;
        this.#values -= one.values?.size ?? 0;
        this.forgotten++;
        continue;
      }
      // Moves the remaining subjects together.
      const to = this.#subjects.add(names[number]!);
      this.#numbers.copyWithin(
        to * STRIDE,
        number * STRIDE,
        (number + 1) * STRIDE,
      );
      this.#kept.push(one);
    }
  }

  /** The subjects above the rule's threshold. */
  *above(): Generator<Tally> {
    const { threshold, markThreshold = Infinity } = this.#rule;
    for (const [number, subject] of this.#subjects.names.entries()) {
      const numbers = this.#numbers;
      const at = number * STRIDE;
      const count = numbers[at + COUNT]!;
      const marked = numbers[at + MARKED]!;
      if (count <= threshold && marked <= markThreshold) continue;
      const kept = this.#kept[number]!;
      yield {
        subject,
        window: this.window,
        count,
        threshold,
        matched: numbers[at + MATCHED]!,
        marked,
        first: numbers[at + FIRST]!,
        last: numbers[at + LATEST]!,
        values: kept.values ?? NOTHING,
        client: this.#clients.of(subject),
        get evidence() {
          return evidenceOf(kept);
        },
      };
    }
  }
}

function evidenceOf({ earliest, second, latest }: Kept): Evidence[] {
  const first = second ? [earliest, second] : [earliest];
  return mergeEvidence(first, latest ?? []);
}

/** Inserts a sample by time into a few; it nearly always is the last. */
function insert(samples: Evidence[], sample: Evidence): void {
  let at = samples.push(sample) - 1;
  for (; at > 0 && samples[at - 1]!.timestamp > sample.timestamp; at--) {
    samples[at] = samples[at - 1]!;
  }
  samples[at] = sample;
}
