import type { RequestRecord } from "../guard/request_record.ts";
import { LAST, mergeEvidence, toEvidence } from "./evidence.ts";
import type { Rule, Tally } from "./rule.ts";
import type { Evidence, Period } from "./types.ts";

/** How much a {@linkcode TallyBook} may remember. */
export interface TallyLimits {
  /** Subjects counted at once. */
  subjects: number;
  /** Records kept as evidence beside the first few of each subject. */
  samples: number;
}

/** Distinct values beyond this are not told apart. */
const MAX_DISTINCT = 1_000;

/**
 * What is known of one subject. Tens of thousands of these live at once, so it holds small integers
 * and references only, and `last` counts from the window's beginning.
 */
class Entry {
  count = 0;
  marked = 0;
  last = 0;
  earliest: RequestRecord;
  second: RequestRecord | null = null;
  latest: RequestRecord[] | null = null;
  values: Set<string> | null = null;

  constructor(record: RequestRecord) {
    this.earliest = record;
  }
}

/**
 * Counts one rule's matching records in one window, by subject, in bounded memory.
 *
 * When more subjects turn up than it may remember, the half with the lowest counts is forgotten.
 * A count can then be too low, never too high: a flood of random addresses may hide an offender
 * just above the threshold, but nobody is accused of what they did not do.
 */
export class TallyBook {
  readonly window: Period;
  /** Subjects forgotten for lack of room. */
  forgotten = 0;
  readonly #rule: Rule;
  readonly #limits: TallyLimits;
  readonly #entries = new Map<string, Entry>();
  #samples = 0;

  constructor(rule: Rule, window: Period, limits: TallyLimits) {
    this.#rule = rule;
    this.window = window;
    this.#limits = limits;
  }

  /** Counts a record that matches by `weight`. */
  add(subject: string, record: RequestRecord, weight: number): void {
    const rule = this.#rule;
    let entry = this.#entries.get(subject);
    if (entry === undefined) {
      if (this.#entries.size >= this.#limits.subjects) this.#forget();
      entry = new Entry(record);
      this.#entries.set(subject, entry);
    } else {
      this.#sample(entry, record);
    }
    const offset = record.timestamp - this.window.from;
    if (offset > entry.last) entry.last = offset;
    if (rule.distinct === undefined) {
      entry.count += weight;
    } else {
      const value = rule.distinct(record);
      if (value !== null) {
        entry.values ??= new Set();
        if (entry.values.size < MAX_DISTINCT) entry.values.add(value);
        entry.count = entry.values.size;
      }
    }
    if (rule.marks !== undefined) entry.marked += Number(rule.marks(record));
  }

  /**
   * The first records of every subject are kept. The last ones are kept from half the threshold on,
   * so that the many who never come near it cost little.
   */
  #sample(entry: Entry, record: RequestRecord): void {
    let later = record;
    if (later.timestamp < entry.earliest.timestamp) {
      later = entry.earliest;
      entry.earliest = record;
    }
    if (entry.second === null) {
      entry.second = later;
      return;
    }
    if (later.timestamp < entry.second.timestamp) {
      const next = entry.second;
      entry.second = later;
      later = next;
    }
    if (entry.count * 2 <= this.#rule.threshold) return;
    const latest = entry.latest ??= [];
    if (latest.length < LAST && this.#samples < this.#limits.samples) {
      this.#samples++;
    } else if (
      latest.length === 0 || later.timestamp < latest[0]!.timestamp
    ) {
      return;
    } else {
      latest.shift();
    }
    insert(latest, later);
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
      entries.delete(subject);
      this.forgotten++;
    }
  }

  /** The subjects above the rule's threshold. */
  *above(): Generator<Tally> {
    for (const [subject, entry] of this.#entries) {
      if (entry.count <= this.#rule.threshold) continue;
      yield {
        subject,
        window: this.window,
        count: entry.count,
        marked: entry.marked,
        first: entry.earliest.timestamp,
        last: this.window.from + entry.last,
        get evidence() {
          return evidenceOf(entry);
        },
      };
    }
  }
}

function evidenceOf({ earliest, second, latest }: Entry): Evidence[] {
  const first = second ? [earliest, second] : [earliest];
  return mergeEvidence(
    first.map(toEvidence),
    (latest ?? []).map(toEvidence),
  );
}

/** Keeps a handful of records sorted by time; nearly always the new one is the last. */
function insert(records: RequestRecord[], record: RequestRecord): void {
  let at = records.push(record) - 1;
  for (; at > 0 && records[at - 1]!.timestamp > record.timestamp; at--) {
    records[at] = records[at - 1]!;
  }
  records[at] = record;
}
