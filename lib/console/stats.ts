import { DAY, HOUR, MINUTE } from "../base/duration.ts";
import { type Outcome, OUTCOMES } from "../log/request_record.ts";
import { countryName } from "../geo/country.ts";
import type { StoredCounts } from "../log/rollup/stored_counts.ts";
import { Distinct } from "../log/rollup/distinct.ts";
import { ceilTo, floorTo } from "../log/rollup/marks.ts";
import { type Part, partsOf } from "../log/rollup/parts.ts";
import {
  addCounts,
  LIST_NAMES,
  type ListName,
  mergersOf,
  requestsIn,
  SLOT,
  SLOT_SIZE,
} from "../log/rollup/rollup.ts";

/** The maximum length of a series. */
export const STATS_MAX_BUCKETS = 1_000;

const BUCKET_MS = { minute: MINUTE, hour: HOUR, day: DAY } as const;

/** The steps of a series. */
export type StatsUnit = keyof typeof BUCKET_MS;

/** Requests by outcome. */
export interface Counts extends Record<Outcome, number> {
  requests: number;
  /** Responses of 5xx. */
  errors: number;
}

/** One row of a top list. */
export interface TopRow {
  name: string;
  requests: number;
  /** The maximum by which `requests` is too low; absent if it is exact. */
  error?: number;
}

/** The result of {@linkcode requestStats}; times as ISO 8601, UTC. */
export interface RequestStats<By extends StatsUnit = "hour" | "day"> {
  since: string;
  until: string;
  by: By;
  totals: Counts & { clients: number };
  series: (Counts & { start: string })[];
  /** Requests by day of the week (0 is Sunday) and hour of the day, UTC. */
  heat: number[][];
  top: {
    paths: TopRow[];
    addresses: TopRow[];
    blocked_addresses: TopRow[];
    countries: (TopRow & { country_code: string })[];
    user_agents: TopRow[];
    referrers: TopRow[];
    /** By class: `2xx`. */
    statuses: TopRow[];
    /** By code: `404`. */
    status_codes: TopRow[];
  };
  /** What is not exact. With few distinct names per hour, everything is exact. */
  approximate: {
    /** Whether `totals.clients` is an estimate, with a standard error of 1.6 %. */
    clients: boolean;
    /**
     * Whether rows of the top lists may be too low, by their `error` at most, or a name may be
     * missing.
     */
    top: boolean;
    /**
     * Whether an hour of more than 10,000 requests was requested in part: then the clients of that
     * part are those of the whole hour, and all other lists are proportional.
     */
    edges: boolean;
    /** Whether requests that were logged late are not counted yet, in a very busy hour. */
    totals: boolean;
  };
}

/** The time range, its unit, and the number of rows of a top list. */
export interface StatsQuery<By extends StatsUnit = "hour" | "day"> {
  since: number;
  until: number;
  by: By;
  top: number;
}

/**
 * Counts the request log over a stretch of time, in steps of whole minutes, hours or days (UTC).
 *
 * It reads rollups, and blocks only if rollups are not valid, so its cost does not depend on the
 * number of requests. Totals, series and heat are exact, status codes and countries too except for
 * a busy first and last hour; see {@linkcode RequestStats.approximate} for the rest.
 */
export async function requestStats<By extends StatsUnit>(
  kv: Deno.Kv,
  query: StatsQuery<By>,
  now: () => number,
): Promise<RequestStats<By>> {
  const { since, until, by } = query;
  const sums = new Sums(query);
  const range = { from: since, to: until };
  const slotMs = by === "minute" ? MINUTE : HOUR;
  for await (const part of partsOf(kv, range, now, { slotMs })) sums.add(part);
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    by,
    ...sums.result(query.top),
  };
}

class Sums {
  readonly #step: number;
  readonly #totals = noCounts();
  readonly #series = new Map<number, Counts>();
  readonly #heat = Array.from({ length: 7 }, () => new Array(24).fill(0));
  readonly #statuses = new Map<number, number>();
  readonly #countries = new Map<string, number>();
  readonly #lists = mergersOf();
  readonly #clients = new Distinct();
  #isExact = true;
  #isWhole = true;

  constructor({ since, until, by }: StatsQuery<StatsUnit>) {
    this.#step = BUCKET_MS[by];
    for (let at = floorTo(since, this.#step); at < until; at += this.#step) {
      this.#series.set(at, noCounts());
    }
  }

  add({ rollup, slots, share, isExact }: Part): void {
    const { start, slot_ms, statuses, countries, lists, clients } = rollup;
    const first = Math.max(0, (slots.from - start) / slot_ms);
    const end = Math.min(
      rollup.slots.length / SLOT_SIZE,
      ceilTo(slots.to - start, slot_ms) / slot_ms,
    );
    for (let slot = first; slot < end; slot++) {
      this.#addSlot(start + slot * slot_ms, rollup.slots, slot * SLOT_SIZE);
    }
    const part = (counts: StoredCounts): ArrayLike<number> =>
      share === 1
        ? counts
        : Float64Array.from(counts, (each) => Math.round(each * share));
    addCounts(this.#statuses, statuses.codes, part(statuses.counts));
    addCounts(this.#countries, countries.codes, part(countries.counts));
    for (const name of LIST_NAMES) this.#lists[name].add(lists[name], share);
    this.#clients.merge(clients);
    if (share < 1) this.#isWhole = false;
    if (!isExact) this.#isExact = false;
  }

  #addSlot(time: number, slots: StoredCounts, at: number): void {
    const requests = requestsIn(slots.subarray(at, at + SLOT_SIZE));
    if (requests === 0) return;
    const bucket = this.#series.get(floorTo(time, this.#step))!;
    for (const counts of [this.#totals, bucket]) {
      counts.requests += requests;
      counts.errors += slots[at + SLOT.errors]!;
      for (const outcome of OUTCOMES) {
        counts[outcome] += slots[at + SLOT[outcome]]!;
      }
    }
    const date = new Date(time);
    this.#heat[date.getUTCDay()]![date.getUTCHours()] += requests;
  }

  result(top: number) {
    const isExact = { top: true };
    const list = (name: ListName): TopRow[] => {
      const merger = this.#lists[name];
      const { names, counts, columns, errors } = merger.top({
        names: top,
        bytes: Infinity,
      });
      const last = names.length < top ? 0 : counts[(top - 1) * columns]!;
      if (merger.unlisted > last) isExact.top = false;
      return names.map((name, i) => {
        const requests = counts[i * columns]!;
        const error = errors?.[i] ?? 0;
        if (error === 0) return { name, requests };
        isExact.top = false;
        return { name, requests, error };
      });
    };
    const classes = new Map<string, number>();
    for (const [code, count] of this.#statuses) {
      addCounts(classes, [`${Math.floor(code / 100)}xx`], [count]);
    }
    const codes = new Map(
      [...this.#statuses].map(([code, count]) => [String(code), count]),
    );
    const lists = {
      paths: list("paths"),
      addresses: list("addresses"),
      blocked_addresses: list("blocked_addresses"),
      countries: exactTop(this.#countries, top).map(({ name, requests }) => ({
        name: countryName(name) ?? name,
        country_code: name,
        requests,
      })),
      user_agents: list("user_agents"),
      referrers: list("referrers"),
      statuses: exactTop(classes, top),
      status_codes: exactTop(codes, top),
    };
    return {
      totals: { ...this.#totals, clients: this.#clients.count() },
      series: [...this.#series].map(([start, counts]) => ({
        start: new Date(start).toISOString(),
        ...counts,
      })),
      heat: this.#heat,
      top: lists,
      approximate: {
        clients: !this.#clients.isExact,
        top: !isExact.top,
        edges: !this.#isWhole,
        totals: !this.#isExact,
      },
    };
  }
}

const NONE: Counts = {
  requests: 0,
  ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >,
  errors: 0,
};

/** All counts zero. */
export function noCounts(): Counts {
  return { ...NONE };
}

function exactTop(counts: Map<string, number>, limit: number): TopRow[] {
  return [...counts]
    .filter(([, requests]) => requests > 0)
    .map(([name, requests]) => ({ name, requests }))
    .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
    .slice(0, limit);
}
