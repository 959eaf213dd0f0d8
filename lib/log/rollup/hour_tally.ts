import { HOUR, MINUTE } from "../../base/duration.ts";
import { AT, COLUMNS } from "../columns.ts";
import { networkOf } from "../../net/network.ts";
import { type LogChunk, minutesOf } from "../log_chunk.ts";
import { outcomeNumber, OUTCOMES } from "../request_record.ts";
import { Bloom, MAX_BLOOM_BYTES, type StoredBloom, unitFor } from "./bloom.ts";
import { Distinct } from "./distinct.ts";
import { hash53 } from "./hash.ts";
import {
  eachPart,
  type Minutes,
  NO_MINUTE,
  type Unit,
  withMinute,
} from "./minutes.ts";
import { NameTally } from "./name_tally.ts";
import {
  addCounts,
  ADDRESS,
  ADDRESS_COLUMNS,
  type ListName,
  LISTS,
  mapLists,
  type Rollup,
  SLOT,
  SLOT_SIZE,
  storedCountries,
  storedStatuses,
} from "./rollup.ts";
import { type TopLimit, topOf } from "./top_list.ts";

const {
  timestamp: TIME,
  ip_address: IP,
  path: PATH,
  status: STATUS,
  country_code: COUNTRY,
  user_agent: USER_AGENT,
  referrer: REFERRER,
  username: USERNAME,
  outcome: OUTCOME,
} = AT;
const BLOCKED = outcomeNumber("blocked");
const LIMITED = outcomeNumber("limited");

/** A status has at most three digits. */
const MAX_STATUS = 999;
/**
 * Reused for each chunk, and zero in between, like the counts below: allocating them for a single
 * record costs more than counting it.
 */
const STATUSES = new Uint32Array(MAX_STATUS + 1);

/** Counts of a chunk's strings, by their numbers. */
class StringCounts {
  /** Numbers per string, the first of which is how often it occurs. */
  readonly columns: number;
  sums = new Uint32Array(0);
  #used: number[] = [];

  constructor(columns = 1) {
    this.columns = columns;
  }

  /** Makes room for this many strings. */
  fit(strings: number): void {
    const size = strings * this.columns;
    if (this.sums.length < size) this.sums = new Uint32Array(2 * size);
  }

  /** Counts a string, and returns the offset of its numbers. */
  count(string: number): number {
    const at = string * this.columns;
    if (this.sums[at]!++ === 0) this.#used.push(string);
    return at;
  }

  /**
   * Calls `visit` for each counted string, and resets the counts.
   *
   * @param withNull Number 0 is the empty text, and is included.
   */
  each(
    strings: readonly string[],
    visit: (name: string, sums: Uint32Array, at: number) => void,
    withNull = false,
  ): void {
    for (const string of this.#used) {
      const at = string * this.columns;
      if (string > 0) visit(strings[string]!, this.sums, at);
      else if (withNull) visit("", this.sums, at);
      for (let i = at + this.columns - 1; i >= at; i--) this.sums[i] = 0;
    }
    this.#used.length = 0;
  }
}

const COUNTS = [
  new StringCounts(),
  new StringCounts(ADDRESS_COLUMNS),
  new StringCounts(),
  new StringCounts(),
  new StringCounts(),
  new StringCounts(),
] as const;

/** In which minutes of an hour values occur; see {@linkcode HourTally.whereabouts}. */
export interface Whereabouts {
  status: { codes: Uint16Array; minutes: Int32Array; outcomes: Int32Array };
  country: { codes: string[]; minutes: Int32Array };
  ip: StoredBloom;
  /** For the addresses' /24 or /48. */
  network: StoredBloom;
  path: StoredBloom;
  username: StoredBloom;
}

/** The fields that {@linkcode Whereabouts} cover; codes exactly, names by Bloom filters. */
export type Field = keyof Whereabouts;
export const FIELDS: readonly Field[] = [
  "status",
  "country",
  "ip",
  "network",
  "path",
  "username",
];
type BloomField = "ip" | "network" | "path" | "username";

/**
 * Counts the chunks of one hour, in bounded memory whatever visitors send. Strings are processed
 * once per chunk, not once per record.
 */
export class HourTally {
  readonly start: number;
  #expiresFrom = Infinity;
  #expiresAt = 0;
  readonly #slots = new Float64Array(60 * SLOT_SIZE);
  readonly #statuses = new Map<number, number>();
  readonly #statusMinutes = new Map<number, Minutes>();
  readonly #outcomeMinutes: Minutes[] = OUTCOMES.map(() => NO_MINUTE);
  readonly #countries = new Map<string, number>();
  readonly #countryMinutes = new Map<string, Minutes>();
  readonly #lists = mapLists((name) =>
    new NameTally({
      columns: LISTS[name],
      ofAddresses: name === "addresses" || name === "blocked_addresses",
    })
  );
  readonly #usernames = new NameTally();
  readonly #clients = new Distinct();
  /** Names that were dropped to limit memory. */
  readonly #forgotten: Partial<Record<BloomField, Bloom>> = {};

  /** @param start The hour's first millisecond. */
  constructor(start: number) {
    this.start = start;
  }

  /** Whether nothing was counted. */
  get isEmpty(): boolean {
    return this.#expiresAt === 0;
  }

  /** Counts the records of a chunk that are in the hour and in `from` ≤ time < `to`. */
  add(chunk: LogChunk, from = this.start, to = this.start + HOUR): void {
    let count = 0;
    for (const part of minutesOf(chunk)) {
      count += this.#addMinute(part, from, to);
    }
    if (count === 0) return;
    this.#expiresFrom = Math.min(this.#expiresFrom, chunk.expires_at);
    this.#expiresAt = Math.max(this.#expiresAt, chunk.expires_at);
    this.#prune();
  }

  #addMinute(
    { rows, strings, base }: LogChunk,
    from: number,
    to: number,
  ): number {
    const minute = Math.floor((base - this.start) / MINUTE);
    for (const counts of COUNTS) counts.fit(strings.length);
    const [paths, addresses, countries, agents, referrers, usernames] = COUNTS;
    const seen: number[] = [];
    const outcomes = OUTCOMES.map(() => 0);
    const first = from - base;
    const end = to - base;
    let errors = 0;
    let count = 0;
    for (let at = 0; at < rows.length; at += COLUMNS) {
      const time = rows[at + TIME]!;
      if (time < first || time >= end) continue;
      count++;
      const status = rows[at + STATUS]!;
      const outcome = rows[at + OUTCOME]!;
      outcomes[outcome]!++;
      if (status >= 500) errors++;
      const known = Math.min(status, MAX_STATUS);
      if (STATUSES[known]!++ === 0) seen.push(known);
      paths.count(rows[at + PATH]!);
      countries.count(rows[at + COUNTRY]!);
      agents.count(rows[at + USER_AGENT]!);
      referrers.count(rows[at + REFERRER]!);
      usernames.count(rows[at + USERNAME]!);
      const address = addresses.count(rows[at + IP]!);
      const { sums } = addresses;
      if (outcome === BLOCKED) sums[address + ADDRESS.blocked]!++;
      else if (outcome === LIMITED) sums[address + ADDRESS.limited]!++;
      const hundreds = Math.floor(status / 100);
      if (hundreds >= 1) {
        const fifth = Math.min(hundreds, 5) - 1;
        sums[address + ADDRESS.firstClass + fifth]!++;
      }
    }
    if (count === 0) return 0;
    const slot = minute * SLOT_SIZE;
    this.#slots[slot + SLOT.errors]! += errors;
    for (let i = 0; i < outcomes.length; i++) {
      if (outcomes[i] === 0) continue;
      this.#slots[slot + SLOT[OUTCOMES[i]!]]! += outcomes[i]!;
      this.#outcomeMinutes[i] = withMinute(this.#outcomeMinutes[i]!, minute);
    }
    for (const status of seen) {
      addCounts(this.#statuses, [status], [STATUSES[status]!]);
      mark(this.#statusMinutes, status, minute);
      STATUSES[status] = 0;
    }

    const lists = this.#lists;
    // String 0 is null in all columns except address and path, which are never null.
    paths.each(strings, (name, sums, at) => {
      lists.paths.add(name, minute, sums, at);
    }, true);
    addresses.each(strings, (name, sums, at) => {
      if (lists.addresses.add(name, minute, sums, at)) {
        this.#clients.add(hash53(name));
      }
      if (sums[at + ADDRESS.blocked]! > 0) {
        const column = at + ADDRESS.blocked;
        lists.blocked_addresses.add(name, minute, sums, column);
      }
    }, true);
    countries.each(strings, (name, sums, at) => {
      addCounts(this.#countries, [name], [sums[at]!]);
      mark(this.#countryMinutes, name, minute);
    });
    agents.each(strings, (name, sums, at) => {
      lists.user_agents.add(name, minute, sums, at);
    });
    referrers.each(strings, (name, sums, at) => {
      lists.referrers.add(name, minute, sums, at);
    });
    usernames.each(strings, (name, sums, at) => {
      this.#usernames.add(name, minute, sums, at);
    });
    return count;
  }

  #prune(): void {
    const lists = this.#lists;
    lists.paths.prune((name, minutes) => this.#forget("path", name, minutes));
    lists.addresses.prune((name, minutes) => {
      this.#forget("ip", name, minutes);
      const network = networkOf(name);
      if (network !== null) this.#forget("network", network, minutes);
    });
    this.#usernames.prune((name, minutes) =>
      this.#forget("username", name, minutes)
    );
    lists.blocked_addresses.prune(() => {});
    lists.user_agents.prune(() => {});
    lists.referrers.prune(() => {});
  }

  #forget(field: BloomField, name: string, minutes: Minutes): void {
    const bloom = this.#forgotten[field] ??= Bloom.for(MAX_BLOOM_BYTES, 1);
    const hash = hash53(name);
    eachPart(minutes, 1, (minute) => bloom.add(hash, minute));
  }

  /** The counts, with their lists cut; every record before `through` must have been added. */
  rollup(through: number, limit: TopLimit): Rollup {
    return {
      v: 2,
      start: this.start,
      slot_ms: MINUTE,
      through,
      expires_from: this.#expiresFrom,
      expires_at: this.#expiresAt,
      slots: this.#slots,
      statuses: storedStatuses(this.#statuses),
      countries: storedCountries(this.#countries),
      lists: mapLists((name: ListName) => topOf(this.#lists[name], limit)),
      clients: this.#clients.store(),
    };
  }

  /**
   * The minutes of the hour in which each status, outcome and country occurs, exactly, and each
   * address, network, path and user name, with false positives. Field by field, so that other work
   * can run in between.
   */
  whereabouts<F extends Field>(field: F): Whereabouts[F] {
    return this.#whereabouts[field]() as Whereabouts[F];
  }

  readonly #whereabouts: { [F in Field]: () => Whereabouts[F] } = {
    status: () => ({
      codes: Uint16Array.from(this.#statusMinutes.keys()),
      minutes: flat(this.#statusMinutes.values()),
      outcomes: flat(this.#outcomeMinutes),
    }),
    country: () => ({
      codes: [...this.#countryMinutes.keys()],
      minutes: flat(this.#countryMinutes.values()),
    }),
    ip: () => this.#bloom("ip", this.#lists.addresses),
    network: () => this.#bloom("network", this.#lists.addresses, networkOf),
    path: () => this.#bloom("path", this.#lists.paths),
    username: () => this.#bloom("username", this.#usernames),
  };

  #bloom(
    field: BloomField,
    tally: NameTally,
    nameOf: (name: string) => string | null = (name) => name,
  ): StoredBloom {
    const all = [...tally.occurrences()];
    const pairs = (unit: Unit) => {
      let sum = 0;
      for (const { minutes } of all) eachPart(minutes, unit, () => sum++);
      return sum;
    };
    const forgotten = this.#forgotten[field];
    const unit = forgotten?.unit ?? unitFor(pairs);
    const bloom = forgotten ?? Bloom.for(pairs(unit), unit);
    for (const each of all) {
      const name = nameOf(each.name);
      if (name === null) continue;
      const hash = hash53(name);
      eachPart(each.minutes, unit, (part) => bloom.add(hash, part));
    }
    return bloom.store();
  }
}

function mark<K>(map: Map<K, Minutes>, key: K, minute: number): void {
  map.set(key, withMinute(map.get(key) ?? NO_MINUTE, minute));
}

function flat(minutes: Iterable<Minutes>): Int32Array {
  return Int32Array.from([...minutes].flatMap(({ low, high }) => [low, high]));
}
