import type { RequestRecord } from "../log/request_record.ts";
import { floorTo } from "../log/rollup/marks.ts";
import { NameTally } from "../log/rollup/name_tally.ts";
import type { StoredCounts } from "../log/rollup/stored_counts.ts";
import { ADDRESS } from "../log/rollup/rollup.ts";
import { topOf } from "../log/rollup/top_list.ts";
import { type Counts, noCounts, type TopRow } from "./stats.ts";

/** The limit of distinct names; see NameTally. */
const MAX_NAMES = 2_000;
const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/** Once, in a minute that does not matter. */
const ONE = [1, 0, 0];

/** Adds up the requests of an address. */
export class AddressSums {
  readonly totals = noCounts();
  /** Times of the first and the last request added or seen. */
  first = Infinity;
  last = -Infinity;
  readonly #step: number;
  readonly #series = new Map<number, Counts>();
  readonly #classes = new Float64Array(CLASSES.length);
  readonly #paths = new NameTally({ maxNames: MAX_NAMES });
  readonly #agents = new NameTally({ maxNames: MAX_NAMES });
  readonly #usernames = new NameTally({ maxNames: MAX_NAMES });
  #isSampling = true;

  constructor(since: number, until: number, step: number) {
    this.#step = step;
    for (let at = floorTo(since, step); at < until; at += step) {
      this.#series.set(at, noCounts());
    }
  }

  /** After this call, names are not counted. */
  endSample(): void {
    this.#isSampling = false;
  }

  see(timestamp: number): void {
    this.first = Math.min(this.first, timestamp);
    this.last = Math.max(this.last, timestamp);
  }

  add(record: RequestRecord): void {
    const { timestamp, outcome, status } = record;
    this.see(timestamp);
    const bucket = this.#series.get(floorTo(timestamp, this.#step))!;
    for (const counts of [this.totals, bucket]) {
      counts.requests++;
      counts[outcome]++;
      if (status >= 500) counts.errors++;
    }
    const hundreds = Math.min(Math.floor(status / 100), 5);
    if (hundreds >= 1) this.#classes[hundreds - 1]!++;
    if (!this.#isSampling) return;
    this.#paths.add(record.path, ONE);
    this.#paths.prune(() => {});
    if (record.user_agent !== null) {
      this.#agents.add(record.user_agent, ONE);
      this.#agents.prune(() => {});
    }
    if (record.username !== null) {
      this.#usernames.add(record.username, ONE);
      this.#usernames.prune(() => {});
    }
  }

  /** Adds the counts of an hour or a day from a rollup's list of addresses. */
  addSpan(start: number, counts: StoredCounts): void {
    const requests = counts[ADDRESS.requests]!;
    const blocked = counts[ADDRESS.blocked]!;
    const limited = counts[ADDRESS.limited]!;
    const bucket = this.#series.get(floorTo(start, this.#step))!;
    for (const sum of [this.totals, bucket]) {
      sum.requests += requests;
      sum.blocked += blocked;
      sum.limited += limited;
      sum.allowed += requests - blocked - limited;
      sum.errors += counts[ADDRESS.firstClass + 4]!;
    }
    for (let i = 0; i < CLASSES.length; i++) {
      this.#classes[i]! += counts[ADDRESS.firstClass + i]!;
    }
  }

  series(): (Counts & { start: string })[] {
    return [...this.#series].map(([start, counts]) => ({
      start: new Date(start).toISOString(),
      ...counts,
    }));
  }

  statuses(): TopRow[] {
    return CLASSES.map((name, i) => ({ name, requests: this.#classes[i]! }))
      .filter(({ requests }) => requests > 0);
  }

  top(limit: number) {
    const rows = (tally: NameTally): TopRow[] => {
      const { names, counts } = topOf(tally, { names: limit, bytes: Infinity });
      return names.map((name, i) => ({ name, requests: counts[i]! }));
    };
    return {
      paths: rows(this.#paths),
      user_agents: rows(this.#agents),
      usernames: rows(this.#usernames),
    };
  }
}
