import { type Outcome, OUTCOMES } from "../request_record.ts";
import { narrowed, type StoredCounts } from "./stored_counts.ts";
import { Distinct, type StoredDistinct } from "./distinct.ts";
import { type TopLimit, type TopList, TopMerger } from "./top_list.ts";

/**
 * Counts of every slot and their offsets: each outcome, and the 5xx responses. They are stored: add
 * new ones at the end, with a new version.
 */
export const SLOT: Readonly<Record<Outcome | "errors", number>> = {
  allowed: 0,
  limited: 1,
  blocked: 2,
  errors: 3,
  challenged: 4,
};
/** Numbers per slot. */
export const SLOT_SIZE = Object.keys(SLOT).length;
/** Numbers per slot in version 1. */
const SLOT_SIZE_1 = 4;

/** Counts of an address, in this order; the classes are 1xx to 5xx (and beyond). */
export const ADDRESS_COLUMNS = 8;
export const ADDRESS = {
  requests: 0,
  blocked: 1,
  limited: 2,
  /** For 1xx; those of 2xx to 5xx follow. */
  firstClass: 3,
} as const;

/** The lists of a rollup and their number of columns. */
export const LISTS = {
  paths: 1,
  addresses: ADDRESS_COLUMNS,
  blocked_addresses: 1,
  user_agents: 1,
  referrers: 1,
} as const;

export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as ListName[];

/**
 * A summary of an hour's or a day's records. Under 64 KiB: lists are cut to the most frequent
 * names.
 */
export interface Rollup {
  v: 2;
  /** In milliseconds since the epoch, like all times. */
  start: number;
  /** A minute in an hour's rollup, an hour in a day's, in milliseconds. */
  slot_ms: number;
  /** Every record before this is counted and none after it. */
  through: number;
  /** When the first of the records expires: after that, these counts are too high. */
  expires_from: number;
  /** When the last of the records expires. */
  expires_at: number;
  /** `SLOT_SIZE` numbers per slot. */
  slots: StoredCounts;
  /** Exact. */
  statuses: { codes: Uint16Array; counts: StoredCounts };
  /** Exact; by ISO 3166-1 alpha-2 code. */
  countries: { codes: string[]; counts: StoredCounts };
  lists: Record<ListName, TopList>;
  /** Distinct addresses. */
  clients: StoredDistinct;
}

/** Limit of a list in an hour's rollup. */
export const HOUR_LIMIT: TopLimit = { names: 100, bytes: 9_000 };
/** Limit in a day's rollup. */
export const DAY_LIMIT: TopLimit = { names: 120, bytes: 8_000 };

/** Number of requests in these slots. */
export function requestsIn(slots: StoredCounts): number {
  let sum = 0;
  for (let at = 0; at < slots.length; at += SLOT_SIZE) {
    for (const outcome of OUTCOMES) sum += slots[at + SLOT[outcome]]!;
  }
  return sum;
}

/** Reads the rollup under a key, converting version 1 to version 2; null for a newer one. */
export function readRollup(value: unknown): Rollup | null {
  const rollup = value as Rollup | Omit<Rollup, "v"> & { v: 1 };
  if (rollup.v === 2) return rollup;
  if (rollup.v !== 1) return null;
  const count = rollup.slots.length / SLOT_SIZE_1;
  const slots = new Float64Array(count * SLOT_SIZE);
  for (let slot = 0; slot < count; slot++) {
    const from = slot * SLOT_SIZE_1;
    slots.set(
      rollup.slots.subarray(from, from + SLOT_SIZE_1),
      slot * SLOT_SIZE,
    );
  }
  return { ...rollup, v: 2, slots };
}

/** Adds up counts by code. */
export function addCounts<K>(
  sums: Map<K, number>,
  codes: ArrayLike<K>,
  counts: ArrayLike<number>,
): void {
  for (let i = 0; i < codes.length; i++) {
    sums.set(codes[i]!, (sums.get(codes[i]!) ?? 0) + counts[i]!);
  }
}

/** The codes and counts of a sum, as stored in a rollup. */
export function storedStatuses(sums: Map<number, number>) {
  return {
    codes: Uint16Array.from(sums.keys()),
    counts: narrowed(Float64Array.from(sums.values())),
  };
}

export function storedCountries(sums: Map<string, number>) {
  return {
    codes: [...sums.keys()],
    counts: narrowed(Float64Array.from(sums.values())),
  };
}

/**
 * Merges consecutive rollups: a day's hours, with a `slotMs` of an hour, or the parts of an hour,
 * with that of a minute.
 */
export function mergeRollups(
  parts: readonly Rollup[],
  { start, end, slotMs, through, limit }: {
    start: number;
    end: number;
    slotMs: number;
    through: number;
    limit: TopLimit;
  },
): Rollup {
  const slots = new Float64Array((end - start) / slotMs * SLOT_SIZE);
  const statuses = new Map<number, number>();
  const countries = new Map<string, number>();
  const clients = new Distinct();
  const mergers = mergersOf();
  let expiresFrom = Infinity;
  let expiresAt = 0;
  for (const part of parts) {
    for (let at = 0; at < part.slots.length; at++) {
      const time = part.start + Math.floor(at / SLOT_SIZE) * part.slot_ms;
      const slot = Math.floor((time - start) / slotMs);
      slots[slot * SLOT_SIZE + at % SLOT_SIZE]! += part.slots[at]!;
    }
    addCounts(statuses, part.statuses.codes, part.statuses.counts);
    addCounts(countries, part.countries.codes, part.countries.counts);
    for (const name of LIST_NAMES) mergers[name].add(part.lists[name]);
    clients.merge(part.clients);
    expiresFrom = Math.min(expiresFrom, part.expires_from);
    expiresAt = Math.max(expiresAt, part.expires_at);
  }
  return {
    v: 2,
    start,
    slot_ms: slotMs,
    through,
    expires_from: expiresFrom,
    expires_at: expiresAt,
    slots: narrowed(slots),
    statuses: storedStatuses(statuses),
    countries: storedCountries(countries),
    lists: mapLists((name) => mergers[name].top(limit)),
    clients: clients.store(),
  };
}

/** An empty sum for every list. */
export function mergersOf(): Record<ListName, TopMerger> {
  return mapLists((name) => new TopMerger(LISTS[name]));
}

export function mapLists<T>(
  make: (name: ListName) => T,
): Record<ListName, T> {
  return Object.fromEntries(
    LIST_NAMES.map((name) => [name, make(name)]),
  ) as Record<ListName, T>;
}
