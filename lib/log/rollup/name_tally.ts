import { SubjectIndex } from "../../lists/subject_index.ts";
import type { Minutes } from "./minutes.ts";

/**
 * Up to this many distinct names are counted exactly in an hour; beyond it the rarest are dropped.
 */
export const MAX_NAMES = 30_000;
/** Initial capacity; small because there are thousands of quiet hours. */
const FIRST = 8;

/** Numbers names in order of their first occurrence, from 0. */
interface Index {
  readonly names: readonly string[];
  /** A name's number, or -1. */
  get(name: string): number;
  /** Numbers a name that has no number yet. */
  add(name: string): number;
}

class NameIndex implements Index {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  get(name: string): number {
    return this.#numbers.get(name) ?? -1;
  }

  add(name: string): number {
    const number = this.names.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}

/** Options of a {@linkcode NameTally}. */
export interface NameTallyOptions {
  /**
   * Number of counts per name; the first decides which names are the most frequent. @default {1}
   */
  columns?: number;
  /** @default {MAX_NAMES} */
  maxNames?: number;
  /** Whether nearly all names are addresses, which are looked up by their bits. @default {false} */
  ofAddresses?: boolean;
}

/** A name and how often it occurred: its first count may be too low by at most `error`. */
export interface Counted {
  name: string;
  counts: ArrayLike<number>;
  error: number;
}

/**
 * Counts names, in one or more columns; the first decides which names are the most frequent. Memory
 * is bounded for any names ( lossy counting of Manku and Motwani, 2002): a name held from the
 * beginning is counted exactly.
 */
export class NameTally {
  readonly columns: number;
  readonly #maxNames: number;
  #error = 0;
  readonly #ofAddresses: boolean;
  #index: Index;
  /** A name's counts, and how often it may have occurred before it was held. */
  #counts: Float64Array;
  readonly #width: number;
  /** The minutes in which a name occurred, two numbers per name. */
  #minutes: Int32Array;

  constructor(
    { columns = 1, maxNames = MAX_NAMES, ofAddresses = false }:
      NameTallyOptions = {},
  ) {
    this.columns = columns;
    this.#ofAddresses = ofAddresses;
    this.#index = this.#newIndex();
    this.#maxNames = maxNames;
    this.#width = columns + 1;
    this.#counts = new Float64Array(FIRST * this.#width);
    this.#minutes = new Int32Array(2 * FIRST);
  }

  #newIndex(): Index {
    return this.#ofAddresses ? new SubjectIndex() : new NameIndex();
  }

  /** Number of names held. */
  get size(): number {
    return this.#index.names.length;
  }

  /** Maximum count of a name that is not held. */
  get error(): number {
    return this.#error;
  }

  /**
   * Adds the counts from `from[at]` on to a name's counts; `minute` is the minute of the hour.
   *
   * @returns whether the name is new.
   */
  add(
    name: string,
    minute: number,
    from: ArrayLike<number>,
    at: number,
  ): boolean {
    let id = this.#index.get(name);
    const isNew = id < 0;
    if (isNew) {
      id = this.#index.add(name);
      if (2 * id === this.#minutes.length) this.#grow();
      this.#counts[id * this.#width + this.columns] = this.#error;
    }
    const row = id * this.#width;
    for (let i = 0; i < this.columns; i++) {
      this.#counts[row + i]! += from[at + i]!;
    }
    this.#minutes[2 * id + (minute < 30 ? 0 : 1)]! |= 1 << (minute % 30);
    return isNew;
  }

  #grow(): void {
    const counts = new Float64Array(2 * this.#counts.length);
    counts.set(this.#counts);
    this.#counts = counts;
    const minutes = new Int32Array(2 * this.#minutes.length);
    minutes.set(this.#minutes);
    this.#minutes = minutes;
  }

  /** Drops the rarer half of the names if there are too many; `dropped` is called with each. */
  prune(dropped: (name: string, minutes: Minutes) => void): void {
    if (this.size <= this.#maxNames) return;
    const limit = this.#threshold(this.#maxNames >>> 1);
    const width = this.#width;
    const index = this.#newIndex();
    for (const { name, minutes, at } of this.#rows()) {
      if (this.#counts[at]! <= limit) {
        const most = this.#counts[at]! + this.#counts[at + this.columns]!;
        this.#error = Math.max(this.#error, most);
        dropped(name, minutes);
        continue;
      }
      // The remaining names are moved together.
      const next = index.add(name);
      this.#counts.copyWithin(next * width, at, at + width);
      this.#minutes[2 * next] = minutes.low;
      this.#minutes[2 * next + 1] = minutes.high;
    }
    this.#index = index;
    this.#counts.fill(0, this.size * width);
    this.#minutes.fill(0, 2 * this.size);
  }

  /** The count that at most `rank` names exceed. */
  #threshold(rank: number): number {
    if (this.size <= rank) return 0;
    const firsts = new Float64Array(this.size);
    for (let id = 0; id < firsts.length; id++) {
      firsts[id] = this.#counts[id * this.#width]!;
    }
    firsts.sort();
    return firsts[firsts.length - 1 - rank]!;
  }

  *#rows(): Generator<{ name: string; minutes: Minutes; at: number }> {
    for (const [id, name] of this.#index.names.entries()) {
      const low = this.#minutes[2 * id]!;
      const high = this.#minutes[2 * id + 1]!;
      yield { name, minutes: { low, high }, at: id * this.#width };
    }
  }

  /** Every held name, with its minutes. */
  *occurrences(): Generator<{ name: string; minutes: Minutes }> {
    for (const { name, minutes } of this.#rows()) yield { name, minutes };
  }

  /** All held names, unordered, with `columns` counts each, and their errors. */
  all(): { names: string[]; counts: Float64Array; errors: Float64Array } {
    const { columns } = this;
    const names = [...this.#index.names];
    const counts = new Float64Array(names.length * columns);
    const errors = new Float64Array(names.length);
    for (let id = 0; id < names.length; id++) {
      const at = id * this.#width;
      for (let i = 0; i < columns; i++) {
        counts[id * columns + i] = this.#counts[at + i]!;
      }
      errors[id] = this.#counts[at + columns]!;
    }
    return { names, counts, errors };
  }

  /** At most `limit` names (unordered); no other name is more frequent. */
  most(limit = Infinity): Counted[] {
    const above = this.#threshold(limit);
    const rows: Counted[] = [];
    const ties: Counted[] = [];
    const { names } = this.#index;
    const { columns } = this;
    for (let id = 0; id < names.length; id++) {
      const at = id * this.#width;
      const count = this.#counts[at]!;
      if (count < above) continue;
      const counts: number[] = [];
      for (let i = 0; i < columns; i++) counts.push(this.#counts[at + i]!);
      const error = this.#counts[at + columns]!;
      (count > above ? rows : ties).push({ name: names[id]!, counts, error });
    }
    if (rows.length + ties.length > limit) {
      // Sorting a flood of names that occur once each would be useless.
      if (ties.length <= 4 * limit) ties.sort(byName);
      ties.length = limit - rows.length;
    }
    return [...rows, ...ties];
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
