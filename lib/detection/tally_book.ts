import type { Clients } from "./clients.ts";
import { evidenceOf, LAST, mergeEvidence, type Sampler } from "./evidence.ts";
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
/** Response statuses of the first two records. */
const FIRST_STATUS = 6;
const SECOND_STATUS = 7;

/**
 * Offsets of a subject's texts, those of its first two records, in a list: an object for each of
 * tens of thousands of subjects, nearly all of which stay below the threshold, would be moved and
 * marked by every collection.
 */
const TEXTS = 6;
const FIRST_TEXTS = 0;
const SECOND_TEXTS = 3;
const METHOD = 0;
const PATH = 1;
const AGENT = 2;

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
  readonly #sampler: Sampler<T>;
  readonly #clients: Clients;
  readonly #site: Site;
  readonly #sampledFrom: number;
  #subjects = new SubjectIndex();
  #numbers = new Float64Array(2 * STRIDE);
  /** Numbers of subjects plus one, by the numbers of clients. */
  #byClient = new Int32Array(0);
  #texts: (string | null)[] = [];
  /** The last records of subjects near the threshold, by number. */
  #latest: Map<number, Evidence[]> | null = null;
  /** The distinct values of each subject, by number; most have one. */
  #valuesOf: (Set<string> | string | undefined)[] = [];
  #samples = 0;
  #values = 0;

  /** @param sampler Reads the evidence of a record, as records are reused. */
  constructor(
    rule: TallyRule<T>,
    window: Period,
    limits: TallyLimits,
    sampler: Sampler<T>,
    clients: Clients,
  ) {
    this.#clients = clients;
    this.#site = { ledTo: (record) => clients.referrers.has(record) };
    this.#rule = rule;
    this.window = window;
    this.#limits = limits;
    this.#sampler = sampler;
    const { threshold } = rule;
    // A count of requests grows by one each; others may grow faster.
    this.#sampledFrom = rule.distinct || rule.markThreshold !== undefined
      ? threshold / 2
      : Math.max(threshold / 2, threshold - 2 * LAST);
  }

  get #size(): number {
    return this.#subjects.names.length;
  }

  /**
   * Counts a matching record by `weight`.
   *
   * @param client The number of the client whose key is the subject, or -1: one look-up is enough.
   */
  add(subject: string, record: T, weight: number, client: number): void {
    const rule = this.#rule;
    let number = client < 0 ? -1 : this.#ofClient(client);
    if (number < 0) number = this.#subjects.get(subject);
    if (number < 0) {
      if (this.#size >= this.#limits.subjects) this.#forget();
      number = this.#begin(subject, record);
    } else {
      this.#sample(number, record);
    }
    if (client >= 0) this.#byClient[client] = number + 1;
    const numbers = this.#numbers;
    const at = number * STRIDE;
    numbers[at + MATCHED]! += 1;
    if (rule.distinct === undefined) numbers[at + COUNT]! += weight;
    else this.#addValue(number, rule.distinct(record, this.#site));
    if (rule.marks !== undefined) {
      numbers[at + MARKED]! += Number(rule.marks(record));
    }
  }

  /** The subject of a client, or -1 if it is not known yet. */
  #ofClient(client: number): number {
    if (client >= this.#byClient.length) {
      const byClient = new Int32Array(2 * Math.max(client, 32));
      byClient.set(this.#byClient);
      this.#byClient = byClient;
    }
    return this.#byClient[client]! - 1;
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
    const numbers = this.#numbers;
    numbers[at + COUNT] = numbers[at + MATCHED] = numbers[at + MARKED] = 0;
    numbers[at + FIRST] = numbers[at + LATEST] = timestamp;
    numbers[at + SECOND] = Infinity;
    this.#texts.push(null, null, null, null, null, null);
    this.#write(number, FIRST_TEXTS, FIRST_STATUS, record);
    return number;
  }

  /** Keeps the evidence of a record as one of a subject's first two. */
  #write(number: number, texts: number, status: number, record: T): void {
    const sampler = this.#sampler;
    const at = number * TEXTS + texts;
    this.#texts[at + METHOD] = sampler.method(record);
    this.#texts[at + PATH] = sampler.path(record);
    this.#texts[at + AGENT] = sampler.agent(record);
    this.#numbers[number * STRIDE + status] = sampler.status(record);
  }

  /** One of a subject's first two records. */
  #read(number: number, texts: number, time: number, status: number): Evidence {
    const at = number * TEXTS + texts;
    return {
      timestamp: this.#numbers[number * STRIDE + time]!,
      method: this.#texts[at + METHOD]!,
      path: this.#texts[at + PATH]!,
      status: this.#numbers[number * STRIDE + status]!,
      user_agent: this.#texts[at + AGENT]!,
    };
  }

  #firstOf(number: number): Evidence {
    return this.#read(number, FIRST_TEXTS, FIRST, FIRST_STATUS);
  }

  /** Null if the subject has only one record. */
  #secondOf(number: number): Evidence | null {
    return this.#numbers[number * STRIDE + SECOND] === Infinity
      ? null
      : this.#read(number, SECOND_TEXTS, SECOND, SECOND_STATUS);
  }

  /** Exchanges the first two records. */
  #swap(number: number): void {
    const at = number * STRIDE;
    const numbers = this.#numbers;
    for (const [a, b] of [[FIRST, SECOND], [FIRST_STATUS, SECOND_STATUS]]) {
      [numbers[at + a!], numbers[at + b!]] = [
        numbers[at + b!]!,
        numbers[at + a!]!,
      ];
    }
    const texts = this.#texts;
    for (const text of [METHOD, PATH, AGENT]) {
      const a = number * TEXTS + FIRST_TEXTS + text;
      const b = number * TEXTS + SECOND_TEXTS + text;
      [texts[a], texts[b]] = [texts[b]!, texts[a]!];
    }
  }

  #addValue(number: number, value: string | null): void {
    if (value === null) return;
    let values = this.#valuesOf[number];
    const before = sizeOf(values);
    if (before >= MAX_DISTINCT || this.#values >= MAX_VALUES) return;
    if (values === undefined) this.#valuesOf[number] = value;
    else {
      if (typeof values === "string") {
        if (values === value) return;
        this.#valuesOf[number] = values = new Set([values]);
      }
      values.add(value);
    }
    const size = sizeOf(this.#valuesOf[number]);
    this.#values += size - before;
    this.#numbers[number * STRIDE + COUNT] = size;
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
      displaced = this.#secondOf(number);
      this.#write(number, SECOND_TEXTS, SECOND_STATUS, record);
      numbers[at + SECOND] = timestamp;
      if (timestamp < numbers[at + FIRST]!) this.#swap(number);
      if (displaced === null) return;
    }
    if (numbers[at + COUNT]! <= this.#sampledFrom) return;
    let latest = this.#latest?.get(number);
    if (latest === undefined) {
      (this.#latest ??= new Map()).set(number, latest = []);
    }
    const time = displaced?.timestamp ?? timestamp;
    if (latest.length < LAST && this.#samples < this.#limits.samples) {
      this.#samples++;
    } else if (latest.length === 0 || time < latest[0]!.timestamp) {
      return;
    } else {
      latest.shift();
    }
    insert(latest, displaced ?? evidenceOf(this.#sampler, record));
  }

  #forget(): void {
    const room = Math.floor(this.#limits.subjects / 2);
    const all = this.#size;
    const counts = Float64Array.from(
      { length: all },
      (_, number) => this.#numbers[number * STRIDE + COUNT]!,
    );
    const sorted = counts.toSorted();
    const lowest = sorted[all - room] ?? Infinity;
    let ties = all - room;
    for (const count of counts) if (count < lowest) ties--;
    const names = this.#subjects.names;
    const [texts, latest, values] = [
      this.#texts,
      this.#latest,
      this.#valuesOf,
    ];
    this.#subjects = new SubjectIndex();
    this.#byClient.fill(0);
    [this.#texts, this.#latest, this.#valuesOf] = [[], null, []];
    for (let number = 0; number < all; number++) {
      const count = counts[number]!;
      const last = latest?.get(number);
      if (count < lowest || count === lowest && ties-- > 0) {
        this.#samples -= last?.length ?? 0;
        this.#values -= sizeOf(values[number]);
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
      for (let text = 0; text < TEXTS; text++) {
        this.#texts.push(texts[number * TEXTS + text]!);
      }
      if (last !== undefined) (this.#latest ??= new Map()).set(to, last);
      if (values[number] !== undefined) this.#valuesOf[to] = values[number];
    }
  }

  /** The subjects above the rule's threshold. */
  *above(): Generator<Tally> {
    const { threshold, markThreshold = Infinity } = this.#rule;
    const numbers = this.#numbers;
    for (let number = 0; number < this.#size; number++) {
      const at = number * STRIDE;
      const count = numbers[at + COUNT]!;
      const marked = numbers[at + MARKED]!;
      if (count <= threshold && marked <= markThreshold) continue;
      const subject = this.#subjects.names[number]!;
      const evidence = () => this.#evidenceOf(number);
      const values = () => setOf(this.#valuesOf[number]);
      yield {
        subject,
        window: this.window,
        count,
        threshold,
        matched: numbers[at + MATCHED]!,
        marked,
        first: numbers[at + FIRST]!,
        last: numbers[at + LATEST]!,
        get values() {
          return values();
        },
        client: this.#clients.of(subject),
        get evidence() {
          return evidence();
        },
      };
    }
  }

  #evidenceOf(number: number): Evidence[] {
    const second = this.#secondOf(number);
    const first = this.#firstOf(number);
    return mergeEvidence(
      second === null ? [first] : [first, second],
      this.#latest?.get(number) ?? [],
    );
  }
}

function sizeOf(values: Set<string> | string | undefined): number {
  if (values === undefined) return 0;
  return typeof values === "string" ? 1 : values.size;
}

function setOf(values: Set<string> | string | undefined): ReadonlySet<string> {
  if (values === undefined) return NOTHING;
  return typeof values === "string" ? new Set([values]) : values;
}

/** Inserts a sample by time into a few; it nearly always is the last. */
function insert(samples: Evidence[], sample: Evidence): void {
  let at = samples.push(sample) - 1;
  for (; at > 0 && samples[at - 1]!.timestamp > sample.timestamp; at--) {
    samples[at] = samples[at - 1]!;
  }
  samples[at] = sample;
}
