import type { NameTally } from "./name_tally.ts";

/** The most frequent names of a stretch of time, the most frequent first, as it is stored. */
export interface TopList {
  names: string[];
  /** `columns` numbers a name. */
  counts: Float64Array;
  columns: number;
  /** By how much the first count of a name may be too low; absent where all are exact. */
  errors?: Float64Array;
  /** How often a name that is not listed occurred at most. */
  unlisted: number;
}

/** How much of a list is kept. */
export interface TopLimit {
  names: number;
  /** Of the names, as the store holds them. */
  bytes: number;
}

/** Everything. */
export const UNCUT: TopLimit = { names: Infinity, bytes: Infinity };

type Row = { name: string; counts: ArrayLike<number>; error: number };

/** The most frequent names of a tally. */
export function topOf(tally: NameTally, limit: TopLimit): TopList {
  const { error } = tally;
  // One more, to know how frequent the first is that is left out.
  const rows: Row[] = tally.most(limit.names + 1)
    .map(({ name, counts }) => ({ name, counts, error }));
  return cut(rows, tally.columns, error, limit);
}

function cut(
  rows: Row[],
  columns: number,
  unlisted: number,
  limit: TopLimit,
): TopList {
  rows.sort((a, b) =>
    b.counts[0]! - a.counts[0]! || (a.name < b.name ? -1 : 1)
  );
  let length = 0;
  for (let bytes = 0; length < Math.min(rows.length, limit.names); length++) {
    bytes += 2 * rows[length]!.name.length;
    if (bytes > limit.bytes) break;
  }
  const kept = rows.slice(0, length);
  const counts = new Float64Array(length * columns);
  kept.forEach((row, i) => counts.set(row.counts, i * columns));
  for (const row of rows.slice(length)) {
    unlisted = Math.max(unlisted, row.counts[0]! + row.error);
  }
  const list: TopList = {
    names: kept.map(({ name }) => name),
    counts,
    columns,
    unlisted,
  };
  if (kept.some(({ error }) => error > 0)) {
    list.errors = Float64Array.from(kept, ({ error }) => error);
  }
  return list;
}

/** Adds up the lists of several stretches of time. */
export class TopMerger {
  readonly columns: number;
  #rows = new Map<
    string,
    { counts: Float64Array; error: number; expected: number }
  >();
  /** What a name may have lost that no list held. */
  #unlisted = 0;

  constructor(columns = 1) {
    this.columns = columns;
  }

  /** Adds a list, or a share of it (0 to 1) where only part of its time is asked for. */
  add(list: TopList, share = 1): void {
    const { columns } = this;
    for (let i = 0; i < list.names.length; i++) {
      const name = list.names[i]!;
      let row = this.#rows.get(name);
      if (!row) {
        row = { counts: new Float64Array(columns), error: 0, expected: 0 };
        this.#rows.set(name, row);
      }
      for (let column = 0; column < columns; column++) {
        row.counts[column]! += share === 1
          ? list.counts[i * list.columns + column]!
          : Math.round(share * list.counts[i * list.columns + column]!);
      }
      row.error += list.errors?.[i] ?? 0;
      row.expected += list.unlisted;
    }
    this.#unlisted += list.unlisted;
  }

  /** How often a name that no list held occurred at most. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /** The most frequent names; those with the same count in the order of the alphabet. */
  top(limit: TopLimit): TopList {
    const rows: Row[] = [];
    for (const [name, { counts, error, expected }] of this.#rows) {
      rows.push({ name, counts, error: error + this.#unlisted - expected });
    }
    return cut(rows, this.columns, this.#unlisted, limit);
  }
}
