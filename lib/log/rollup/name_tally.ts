import { SubjectIndex } from "../../lists/subject_index.ts";
import { type Minutes, partsIn, type Unit } from "./minutes.ts";

/**
 * Up to this many distinct names are counted exactly in an hour; beyond it the rarest are dropped.
 */
export const MAX_NAMES = 30_000;
/** Initial capacity; small because there are thousands of quiet hours. */
const FIRST = 8;
/** With more names, a tally that is used again begins anew. */
const FEW = 1_000;

/** Numbers names in order of their first occurrence, from 0. */
interface Index {
  readonly names: readonly string[];
  /** A name's number, or -1. */
  get(name: string): number;
  /** Numbers a name that has no number yet. */
  add(name: string): number;
  /** Forgets all names. */
  clear(): void;
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

  clear(): void {
    this.names.length = 0;
    this.#numbers.clear();
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
  /** Its counts, from `at` on. */
  counts: ArrayLike<number>;
  at: number;
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

  /** The names held, in order of their first occurrence. */
  get names(): readonly string[] {
    return this.#index.names;
  }

  /** Number of names held. */
  get size(): number {
    return this.#index.names.length;
  }

  /** Forgets everything; keeps the room for a few names. */
  clear(): void {
    const { size } = this;
    if (size === 0) return;
    this.#error = 0;
    if (size > FEW) {
      this.#index = this.#newIndex();
      this.#counts = new Float64Array(FIRST * this.#width);
      this.#minutes = new Int32Array(2 * FIRST);
      return;
    }
    this.#index.clear();
    this.#counts.fill(0, 0, size * this.#width);
    this.#minutes.fill(0, 0, 2 * size);
  }

  /** Maximum count of a name that is not held. */
  get error(): number {
    return this.#error;
  }

  /**
   * Adds the counts from `from[at]` on to a name's counts.
   *
   * @param minutes Where in `from` the minutes of these counts are; see {@linkcode Minutes}. By
   * default, after them.
   * @returns whether the name is new.
   */
  add(
    name: string,
    from: ArrayLike<number>,
    at = 0,
    minutes = at + this.columns,
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
    this.#minutes[2 * id]! |= from[minutes]!;
    this.#minutes[2 * id + 1]! |= from[minutes + 1]!;
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
    for (const [id, name] of this.names.entries()) {
      const at = id * width;
      const low = this.#minutes[2 * id]!;
      const high = this.#minutes[2 * id + 1]!;
      if (this.#counts[at]! <= limit) {
        const most = this.#counts[at]! + this.#counts[at + this.columns]!;
        this.#error = Math.max(this.#error, most);
        dropped(name, { low, high });
        continue;
      }
      // The remaining names are moved together.
      const next = index.add(name);
      this.#counts.copyWithin(next * width, at, at + width);
      this.#minutes[2 * next] = low;
      this.#minutes[2 * next + 1] = high;
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

  /** Calls `visit` with every held name and its minutes, an object that is reused. */
  eachName(visit: (name: string, minutes: Minutes) => void): void {
    const minutes = { low: 0, high: 0 };
    const { names } = this;
    for (let id = 0; id < names.length; id++) {
      minutes.low = this.#minutes[2 * id]!;
      minutes.high = this.#minutes[2 * id + 1]!;
      visit(names[id]!, minutes);
    }
  }

  /** Number of pairs of a held name and a part of the hour in which it occurred. */
  pairs(unit: Unit): number {
    let sum = 0;
    this.eachName((_, minutes) => sum += partsIn(minutes, unit));
    return sum;
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
    const rows: number[] = [];
    const ties: number[] = [];
    const { names } = this;
    for (let id = 0; id < names.length; id++) {
      const count = this.#counts[id * this.#width]!;
      if (count >= above) (count > above ? rows : ties).push(id);
    }
    if (rows.length + ties.length > limit) {
      // Sorting a flood of names that occur once each would be useless.
      if (ties.length <= 4 * limit) {
        ties.sort((a, b) => names[a]! < names[b]! ? -1 : 1);
      }
      ties.length = limit - rows.length;
    }
    return [...rows, ...ties].map((id) => {
      const counts = this.#counts;
      const at = id * this.#width;
      return {
        name: names[id]!,
        counts,
        at,
        error: counts[at + this.columns]!,
      };
    });
  }
}
