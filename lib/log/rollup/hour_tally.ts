import { HOUR, MINUTE } from "../../base/duration.ts";
import { AT, COLUMNS } from "../columns.ts";
import { networkOf } from "../../net/network.ts";
import type { LogChunk } from "../log_chunk.ts";
import { type Outcome, outcomeNumber, OUTCOMES } from "../request_record.ts";
import { Bloom, MAX_BLOOM_BYTES, type StoredBloom, unitFor } from "./bloom.ts";
import { Distinct, STORED_HASHES } from "./distinct.ts";
import { hash53 } from "./hash.ts";
import {
  eachPart,
  inEither,
  type Minutes,
  NO_MINUTE,
  withMinute,
} from "./minutes.ts";
import { NameTally } from "./name_tally.ts";
import { narrowed } from "./stored_counts.ts";
import {
  addCounts,
  ADDRESS,
  ADDRESS_COLUMNS,
  LIST_NAMES,
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
const SLOT_OF = OUTCOMES.map((outcome) => SLOT[outcome]);

/**
 * Counts of a chunk's texts, or of statuses, by their numbers. Reused for each chunk, and zero in
 * between: allocating them for a single record costs more than counting it.
 */
class NumberCounts {
  /** Counts per number, the first of which is how often it occurs. */
  readonly columns: number;
  /** For each number, its counts, and the minutes in which it occurs; see {@linkcode Minutes}. */
  sums = new Uint32Array(0);
  #used: number[] = [];

  constructor(columns = 1) {
    this.columns = columns;
  }

  /** Makes room for numbers below this. */
  fit(numbers: number): void {
    const size = numbers * (this.columns + 2);
    if (this.sums.length < size) this.sums = new Uint32Array(2 * size);
  }

  /** Counts a number in a minute, and returns the offset of its counts. */
  count(number: number, { low, high }: Minutes): number {
    const { sums, columns } = this;
    const at = number * (columns + 2);
    if (sums[at]!++ === 0) this.#used.push(number);
    sums[at + columns]! |= low;
    sums[at + columns + 1]! |= high;
    return at;
  }

  /** Calls `visit` for each counted number, and resets the counts. */
  each(visit: (number: number, sums: Uint32Array, at: number) => void): void {
    const { sums, columns } = this;
    for (const number of this.#used) {
      const at = number * (columns + 2);
      visit(number, sums, at);
      for (let i = at + columns + 1; i >= at; i--) sums[i] = 0;
    }
    this.#used.length = 0;
  }
}

const TEXTS = [
  new NumberCounts(),
  new NumberCounts(ADDRESS_COLUMNS),
  new NumberCounts(),
  new NumberCounts(),
  new NumberCounts(),
  new NumberCounts(),
] as const;
const STATUSES = new NumberCounts();
STATUSES.fit(MAX_STATUS + 1);

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
  #start: number;
  #expiresFrom = Infinity;
  #expiresAt = 0;
  readonly #slots = new Float64Array(60 * SLOT_SIZE);
  readonly #statuses = new Map<number, number>();
  readonly #statusMinutes = new Map<number, Minutes>();
  readonly #countries = new Map<string, number>();
  readonly #countryMinutes = new Map<string, Minutes>();
  readonly #lists = mapLists((name) =>
    new NameTally({
      columns: LISTS[name],
      ofAddresses: name === "addresses" || name === "blocked_addresses",
    })
  );
  readonly #usernames = new NameTally();
  /** Addresses that were dropped to limit memory. */
  #dropped: Distinct | null = null;
  /** Names that were dropped to limit memory. */
  #forgotten: Partial<Record<BloomField, Bloom>> = {};

  /** @param start The hour's first millisecond. */
  constructor(start: number) {
    this.#start = start;
  }

  /** The hour's first millisecond. */
  get start(): number {
    return this.#start;
  }

  /** Forgets everything, for another hour: there are thousands of quiet ones. */
  restart(start: number): void {
    this.#start = start;
    this.#expiresFrom = Infinity;
    this.#expiresAt = 0;
    this.#slots.fill(0);
    this.#statuses.clear();
    this.#statusMinutes.clear();
    this.#countries.clear();
    this.#countryMinutes.clear();
    for (const name of LIST_NAMES) this.#lists[name].clear();
    this.#usernames.clear();
    this.#dropped = null;
    this.#forgotten = {};
  }

  /** Whether nothing was counted. */
  get isEmpty(): boolean {
    return this.#expiresAt === 0;
  }

  /** Counts the records of a chunk that are in the hour and in `from` ≤ time < `to`. */
  add(chunk: LogChunk, from = this.start, to = this.start + HOUR): void {
    if (this.#countRows(chunk, from, to) === 0) return;
    this.#addTexts(chunk.strings);
    this.#expiresFrom = Math.min(this.#expiresFrom, chunk.expires_at);
    this.#expiresAt = Math.max(this.#expiresAt, chunk.expires_at);
    this.#prune();
  }

  /** Counts the numbers in the rows. */
  #countRows(
    { rows, strings, base, minutes }: LogChunk,
    from: number,
    to: number,
  ): number {
    for (const counts of TEXTS) counts.fit(strings.length);
    const [paths, addresses, countries, agents, referrers, usernames] = TEXTS;
    const slots = this.#slots;
    const firstMinute = Math.floor((base - this.start) / MINUTE);
    let minute = firstMinute;
    let when = withMinute(NO_MINUTE, minute);
    let first = from - base;
    let end = to - base;
    let count = 0;
    for (let at = 0, row = 0; at < rows.length; at += COLUMNS, row++) {
      if (minutes !== undefined && firstMinute + minutes[row]! !== minute) {
        minute = firstMinute + minutes[row]!;
        when = withMinute(NO_MINUTE, minute);
        first = from - base - minutes[row]! * MINUTE;
        end = to - base - minutes[row]! * MINUTE;
      }
      const time = rows[at + TIME]!;
      if (time < first || time >= end) continue;
      count++;
      const status = rows[at + STATUS]!;
      const outcome = rows[at + OUTCOME]!;
      const slot = minute * SLOT_SIZE;
      slots[slot + SLOT_OF[outcome]!]!++;
      if (status >= 500) slots[slot + SLOT.errors]!++;
      STATUSES.count(Math.min(status, MAX_STATUS), when);
      paths.count(rows[at + PATH]!, when);
      countries.count(rows[at + COUNTRY]!, when);
      agents.count(rows[at + USER_AGENT]!, when);
      referrers.count(rows[at + REFERRER]!, when);
      usernames.count(rows[at + USERNAME]!, when);
      const address = addresses.count(rows[at + IP]!, when);
      const { sums } = addresses;
      if (outcome === BLOCKED) sums[address + ADDRESS.blocked]!++;
      else if (outcome === LIMITED) sums[address + ADDRESS.limited]!++;
      const hundreds = Math.floor(status / 100);
      if (hundreds >= 1) {
        const fifth = Math.min(hundreds, 5) - 1;
        sums[address + ADDRESS.firstClass + fifth]!++;
      }
    }
    return count;
  }

  /** Adds the counts of the rows' numbers to those of their texts. */
  #addTexts(strings: readonly string[]): void {
    const [paths, addresses, countries, agents, referrers, usernames] = TEXTS;
    STATUSES.each((status, sums, at) => {
      addCounts(this.#statuses, [status], [sums[at]!]);
      mark(this.#statusMinutes, status, sums, at + 1);
    });
    const lists = this.#lists;
    // Text 0 is null in all columns except address and path, which are never null.
    paths.each((number, sums, at) => {
      lists.paths.add(number === 0 ? "" : strings[number]!, sums, at);
    });
    addresses.each((number, sums, at) => {
      const name = number === 0 ? "" : strings[number]!;
      lists.addresses.add(name, sums, at);
      const column = at + ADDRESS.blocked;
      if (sums[column]! > 0) {
        const minutes = at + ADDRESS_COLUMNS;
        lists.blocked_addresses.add(name, sums, column, minutes);
      }
    });
    countries.each((number, sums, at) => {
      if (number === 0) return;
      const name = strings[number]!;
      addCounts(this.#countries, [name], [sums[at]!]);
      mark(this.#countryMinutes, name, sums, at + 1);
    });
    agents.each((number, sums, at) => {
      if (number > 0) lists.user_agents.add(strings[number]!, sums, at);
    });
    referrers.each((number, sums, at) => {
      if (number > 0) lists.referrers.add(strings[number]!, sums, at);
    });
    usernames.each((number, sums, at) => {
      if (number > 0) this.#usernames.add(strings[number]!, sums, at);
    });
  }

  #prune(): void {
    const lists = this.#lists;
    lists.paths.prune((name, minutes) => this.#forget("path", name, minutes));
    lists.addresses.prune((name, minutes) => {
      this.#dropped ??= new Distinct(STORED_HASHES);
      this.#dropped.add(hash53(name));
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
      slots: narrowed(this.#slots),
      statuses: storedStatuses(this.#statuses),
      countries: storedCountries(this.#countries),
      lists: mapLists((name: ListName) => topOf(this.#lists[name], limit)),
      clients: this.#clients().store(),
    };
  }

  #clients(): Distinct {
    const clients = new Distinct(STORED_HASHES);
    if (this.#dropped) clients.merge(this.#dropped.store());
    for (const name of this.#lists.addresses.names) clients.add(hash53(name));
    return clients;
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
      outcomes: flat(OUTCOMES.map((outcome) => this.#minutesOf(outcome))),
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
    const forgotten = this.#forgotten[field];
    const unit = forgotten?.unit ?? unitFor((unit) => tally.pairs(unit));
    const bloom = forgotten ?? Bloom.for(tally.pairs(unit), unit);
    tally.eachName((each, minutes) => {
      const name = nameOf(each);
      if (name === null) return;
      const hash = hash53(name);
      eachPart(minutes, unit, (part) => bloom.add(hash, part));
    });
    return bloom.store();
  }

  #minutesOf(outcome: Outcome): Minutes {
    let minutes = NO_MINUTE;
    for (let minute = 0; minute < 60; minute++) {
      const count = this.#slots[minute * SLOT_SIZE + SLOT[outcome]]!;
      if (count > 0) minutes = withMinute(minutes, minute);
    }
    return minutes;
  }
}

function mark<K>(
  map: Map<K, Minutes>,
  key: K,
  from: ArrayLike<number>,
  at: number,
): void {
  const minutes = { low: from[at]!, high: from[at + 1]! };
  map.set(key, inEither(map.get(key) ?? NO_MINUTE, minutes));
}

function flat(minutes: Iterable<Minutes>): Int32Array {
  return Int32Array.from([...minutes].flatMap(({ low, high }) => [low, high]));
}
