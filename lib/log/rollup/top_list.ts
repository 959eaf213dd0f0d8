import { narrowed, type StoredCounts } from "./stored_counts.ts";
import type { Counted, NameTally } from "./name_tally.ts";

/** The stored form of the most frequent names of a time range, most frequent first. */
export interface TopList {
  names: string[];
  /** `columns` numbers per name. */
  counts: StoredCounts;
  columns: number;
  /** By how much the first count of a name may be too low; absent if all are exact. */
  errors?: Float64Array;
  /** Maximum count of a name that is not listed. */
  unlisted: number;
}

/** Size limit of a list. */
export interface TopLimit {
  names: number;
  /** For the names, as stored. */
  bytes: number;
}

/** No limit. */
export const UNCUT: TopLimit = { names: Infinity, bytes: Infinity };

/** The most frequent names of a tally; all of them, unordered, if the limit is `UNCUT`. */
export function topOf(tally: NameTally, limit: TopLimit): TopList {
  const { error, columns } = tally;
  if (limit === UNCUT) return { ...tally.all(), columns, unlisted: error };
  // One more, to know the count of the first one that is left out.
  return cut(tally.most(limit.names + 1), columns, error, limit);
}

function cut(
  rows: Counted[],
  columns: number,
  unlisted: number,
  limit: TopLimit,
): TopList {
  rows.sort((a, b) =>
    b.counts[b.at]! - a.counts[a.at]! || (a.name < b.name ? -1 : 1)
  );
  const length = lengthWithin(rows, limit);
  const kept = rows.slice(0, length);
  const counts = new Float64Array(length * columns);
  for (let i = 0; i < length; i++) {
    const { counts: from, at } = kept[i]!;
    for (let c = 0; c < columns; c++) counts[i * columns + c] = from[at + c]!;
  }
  for (const { counts, at, error } of rows.slice(length)) {
    unlisted = Math.max(unlisted, counts[at]! + error);
  }
  const list: TopList = {
    names: kept.map(({ name }) => name),
    counts: narrowed(counts),
    columns,
    unlisted,
  };
  if (kept.some(({ error }) => error > 0)) {
    list.errors = Float64Array.from(kept, ({ error }) => error);
  }
  return list;
}

/** How many of the rows are within a limit. */
function lengthWithin(rows: Counted[], limit: TopLimit): number {
  const most = Math.min(rows.length, limit.names);
  let atMost = 0;
  for (let i = 0; i < most; i++) atMost += 4 + 2 * rows[i]!.name.length;
  // Quiet hours, of which there are thousands, have only a few names.
  if (atMost <= limit.bytes) return most;
  let length = 0;
  for (let bytes = 0; length < most; length++) {
    bytes += sizeOf(rows[length]!.name);
    if (bytes > limit.bytes) break;
  }
  return length;
}

/** The stored size of a text: one byte per character, or two if a character needs them. */
function sizeOf(text: string): number {
  return 4 + (TWO_BYTE.test(text) ? 2 * text.length : text.length);
}

// deno-lint-ignore no-control-regex
const TWO_BYTE = /[^\x00-\xff]/;

/** Adds up the lists of several time ranges. */
export class TopMerger {
  readonly columns: number;
  readonly #ids = new Map<string, number>();
  /** A name's counts, and the two below. */
  #table: Float64Array;
  readonly #width: number;
  /** Offset in a row of the sum of its lists' errors. */
  readonly #error: number;
  /** Offset in a row of the count that the name may have lost in the lists that contain it. */
  readonly #held: number;
  #unlisted = 0;

  constructor(columns = 1) {
    this.columns = columns;
    this.#error = columns;
    this.#held = columns + 1;
    this.#width = columns + 2;
    this.#table = new Float64Array(64 * this.#width);
  }

  /** Adds a list, or a share of it (0 to 1) if only part of its time is requested. */
  add(list: TopList, share = 1): void {
    const { names, counts, errors, unlisted } = list;
    for (let i = 0; i < names.length; i++) {
      const at = this.#rowOf(names[i]!);
      const table = this.#table;
      for (let column = 0; column < this.columns; column++) {
        const count = counts[i * list.columns + column]!;
        table[at + column]! += share === 1 ? count : Math.round(share * count);
      }
      table[at + this.#error]! += errors?.[i] ?? 0;
      table[at + this.#held]! += unlisted;
    }
    this.#unlisted += unlisted;
  }

  #rowOf(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(name, id);
      if (id * this.#width === this.#table.length) {
        const wider = new Float64Array(2 * this.#table.length);
        wider.set(this.#table);
        this.#table = wider;
      }
    }
    return id * this.#width;
  }

  /** Maximum count of a name that no list contained. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /** The most frequent names; those with the same count in alphabetical order. */
  top(limit: TopLimit): TopList {
    const table = this.#table;
    const least = this.#least(limit.names);
    const rows: Counted[] = [];
    let unlisted = this.#unlisted;
    for (const [name, id] of this.#ids) {
      const at = id * this.#width;
      const lost = this.#unlisted - table[at + this.#held]!;
      const error = table[at + this.#error]! + lost;
      if (table[at]! < least) {
        unlisted = Math.max(unlisted, table[at]! + error);
        continue;
      }
      rows.push({ name, counts: table, at, error });
    }
    return cut(rows, this.columns, unlisted, limit);
  }

  /** The count of the name at rank `rank`. */
  #least(rank: number): number {
    const size = this.#ids.size;
    if (size <= rank) return 0;
    const counts = new Float64Array(size);
    for (let id = 0; id < size; id++) {
      counts[id] = this.#table[id * this.#width]!;
    }
    counts.sort();
    return rank === 0 ? Infinity : counts[size - rank]!;
  }
}
