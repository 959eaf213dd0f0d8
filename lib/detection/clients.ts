import { MINUTE } from "../base/duration.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { SubjectIndex } from "../lists/subject_index.ts";
import { limitSubject } from "../net/prefix.ts";
import type { Census, Counted } from "./census.ts";
import { evidenceOf, requestSampler } from "./evidence.ts";
import { FormPaths } from "./form_paths.ts";
import { OwnReferrers } from "./own_referrers.ts";
import { templateOf } from "./path_template.ts";
import { SiteMinutes } from "./site_minutes.ts";
import { type Evidence } from "./types.ts";

/** All activity of a client, whether or not a rule counts it. */
export interface Client {
  requests: number;
  /** Requests that the app served (2xx, 304). */
  succeeded: number;
  /** Requests that failed (4xx, 5xx). */
  failed: number;
  signedIn: boolean;
  /** Signed in, or refused with 401 and then let in at the same path. */
  accepted: boolean;
  /** The most requests in a clock minute, and the start of that minute. */
  peak: number;
  peakAt: number;
  /** How many different user agents it had, up to 16. */
  agents: number;
  /** The most consecutive requests for one path within ten seconds. */
  run: number;
  /** The same for requests with another site as referrer, from twenty on. */
  foreignRun: number;
  /** Templates of paths that it created (response 201). */
  created: ReadonlySet<string>;
  /** Its first user agent. */
  agent: string | null;
  /** The twentieth request of its first busy minute. */
  sample: Evidence | null;
}

/** A client without known requests. */
export const NOBODY: Client = {
  requests: 0,
  succeeded: 0,
  failed: 0,
  signedIn: false,
  accepted: false,
  peak: 0,
  peakAt: 0,
  agents: 0,
  run: 0,
  foreignRun: 0,
  created: new Set(),
  agent: null,
  sample: null,
};

const MAX_CLIENTS = 50_000;
const MAX_CREATED = 2_000;
const MAX_REFUSED = 32;
const MAX_AGENTS = 16;
const MAX_ADDRESSES = 256;
const RUN_MS = 10_000;
/** No person follows one link this often. */
const FOREIGN = 20;
/** This request of a minute is kept as the sample. */
const BUSY = 20;

/**
 * Offsets of a client's numbers in an array. They are adjacent, two cache lines for each client: as
 * fields of objects, each time would be a heap object of its own, and tens of thousands of clients
 * are accessed in random order.
 */
const STRIDE = 16;
const REQUESTS = 0;
const FIRST = 1;
const LAST = 2;
const SUCCEEDED = 3;
/** The current clock minute: its start, and its requests. */
const MINUTE_FROM = 4;
const IN_MINUTE = 5;
const PEAK = 6;
/** The current run of requests for one path: its start, and its length. */
const RUN_FROM = 7;
const RUN_LENGTH = 8;
const RUN = 9;
const AGENTS = 10;
const FAILED = 11;
const PEAK_AT = 12;
const FOREIGN_RUN = 13;
const KNOWN = 14;

/** The bits of {@linkcode KNOWN}. */
const SIGNED_IN = 1;
const ACCEPTED = 2;
const REFUSED = 4;
const SAMPLED = 8;

/** What only a few clients have. */
interface Rare {
  /** Its user agents, from the second one on. */
  agents: Set<string | null> | null;
  /** Paths that were refused with 401. */
  refused: Set<string> | null;
  created: Set<string> | null;
  sample: Evidence | null;
  /** For an IPv6 prefix: the number of requests of each address. */
  addresses: Map<string, number> | null;
}

/**
 * Everything known of clients, by number: flat lists, because an object for each of tens of
 * thousands would be moved and marked by every collection.
 */
interface Books {
  numbers: Float64Array;
  keys: readonly string[];
  /** The last path that each requested. */
  paths: string[];
  /** The first user agent of each. */
  agents: (string | null)[];
  rare: Map<number, Rare>;
}

/** A client of a {@linkcode Clients}, with the times of its first and last request. */
export interface CountedClient extends Client {
  readonly key: string;
  readonly first: number;
  readonly last: number;
}

/** Reads a client's numbers when they are asked for. */
class Entry implements CountedClient {
  readonly #books: Books;
  number: number;

  constructor(books: Books, number: number) {
    this.#books = books;
    this.number = number;
  }

  #at(offset: number): number {
    return this.#books.numbers[this.number * STRIDE + offset]!;
  }
  get #rare(): Rare | undefined {
    return this.#books.rare.get(this.number);
  }
  get key(): string {
    return this.#books.keys[this.number]!;
  }
  get first(): number {
    return this.#at(FIRST);
  }
  get last(): number {
    return this.#at(LAST);
  }
  get requests(): number {
    return this.#at(REQUESTS);
  }
  get succeeded(): number {
    return this.#at(SUCCEEDED);
  }
  get failed(): number {
    return this.#at(FAILED);
  }
  get signedIn(): boolean {
    return (this.#at(KNOWN) & SIGNED_IN) !== 0;
  }
  get accepted(): boolean {
    return (this.#at(KNOWN) & ACCEPTED) !== 0;
  }
  get peak(): number {
    return this.#at(PEAK);
  }
  get peakAt(): number {
    return this.#at(PEAK_AT);
  }
  get agents(): number {
    return this.#at(AGENTS);
  }
  get run(): number {
    return this.#at(RUN);
  }
  get foreignRun(): number {
    return this.#at(FOREIGN_RUN);
  }
  get created(): ReadonlySet<string> {
    return this.#rare?.created ?? NOTHING;
  }
  get agent(): string | null {
    return this.#books.agents[this.number]!;
  }
  get sample(): Evidence | null {
    return this.#rare?.sample ?? null;
  }
}

const DOT = 46;
const COLON = 58;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The activity of a period by client: an IPv4 address, or an IPv6 prefix. Clients beyond 50,000
 * count in the totals, but not one by one.
 */
export class Clients implements Census {
  requests = 0;
  readonly referrers = new OwnReferrers();
  readonly minutes = new SiteMinutes();
  readonly forms = new FormPaths();
  readonly #sampler = requestSampler();
  readonly #prefix: number;
  readonly #index = new SubjectIndex();
  /** Keys of IPv6 addresses. */
  #keys: Map<string, string> | undefined;
  readonly #books: Books = {
    numbers: new Float64Array(2 * STRIDE),
    keys: this.#index.names,
    paths: [],
    agents: [],
    rare: new Map(),
  };

  constructor(ipv6Prefix = 64) {
    this.#prefix = ipv6Prefix;
  }

  /**
   * Counts a request that our blocklist did not refuse.
   *
   * @returns The number of its client, or -1 if there are too many clients.
   */
  add(record: RequestRecord): number {
    this.requests++;
    const { ip_address, status, timestamp, path, username } = record;
    this.minutes.add(record);
    const key = this.keyOf(ip_address);
    if (record.method === "POST") this.forms.add(record, key);
    let number = this.#index.get(key);
    if (number < 0) {
      if (this.#index.names.length >= MAX_CLIENTS) return -1;
      number = this.#open(key, record);
    }
    const { numbers } = this.#books;
    const at = number * STRIDE;
    numbers[at + REQUESTS]! += 1;
    if (timestamp < numbers[at + FIRST]!) numbers[at + FIRST] = timestamp;
    if (timestamp > numbers[at + LAST]!) numbers[at + LAST] = timestamp;
    if (username !== null) numbers[at + KNOWN]! |= SIGNED_IN | ACCEPTED;
    if (status >= 400) {
      numbers[at + FAILED]! += 1;
      if (status === 401) this.#refuse(number, path);
    } else if (status < 300 || status === 304) {
      numbers[at + SUCCEEDED]! += 1;
      // If the host is known, own referrers are recognized by it.
      if (record.host === null) this.referrers.served(path);
      if (status === 201) this.#create(number, path);
      if (
        (numbers[at + KNOWN]! & REFUSED) !== 0 &&
        this.#rare(number).refused!.has(path)
      ) numbers[at + KNOWN]! |= ACCEPTED;
    }
    countMinute(numbers, at, timestamp);
    if (
      numbers[at + IN_MINUTE] === BUSY && (numbers[at + KNOWN]! & SAMPLED) === 0
    ) {
      numbers[at + KNOWN]! |= SAMPLED;
      this.#rare(number).sample = evidenceOf(this.#sampler, record);
    }
    const run = countRun(numbers, at, this.#books.paths, path, timestamp);
    if (
      run >= FOREIGN && record.referrer !== null && !this.referrers.has(record)
    ) numbers[at + FOREIGN_RUN] = Math.max(numbers[at + FOREIGN_RUN]!, run);
    const { user_agent } = record;
    // Nearly every client has one user agent.
    if (
      numbers[at + AGENTS] !== 1 || this.#books.agents[number] !== user_agent
    ) this.#countAgent(number, user_agent);
    if (key !== ip_address) this.#countAddress(number, ip_address);
    return number;
  }

  #open(key: string, { timestamp, path, user_agent }: RequestRecord): number {
    const number = this.#index.add(key);
    const at = number * STRIDE;
    const books = this.#books;
    if (at === books.numbers.length) {
      const numbers = new Float64Array(2 * at);
      numbers.set(books.numbers);
      books.numbers = numbers;
    }
    const { numbers } = books;
    numbers[at + FIRST] = numbers[at + LAST] = timestamp;
    numbers[at + RUN_FROM] = timestamp;
    numbers[at + MINUTE_FROM] = -Infinity;
    numbers[at + AGENTS] = 1;
    books.paths.push(path);
    books.agents.push(user_agent);
    return number;
  }

  #rare(number: number): Rare {
    let rare = this.#books.rare.get(number);
    if (rare === undefined) {
      rare = {
        agents: null,
        refused: null,
        created: null,
        sample: null,
        addresses: null,
      };
      this.#books.rare.set(number, rare);
    }
    return rare;
  }

  #refuse(number: number, path: string): void {
    const refused = this.#rare(number).refused ??= new Set();
    if (refused.size < MAX_REFUSED) refused.add(path);
    this.#books.numbers[number * STRIDE + KNOWN]! |= REFUSED;
  }

  #create(number: number, path: string): void {
    const created = this.#rare(number).created ??= new Set();
    if (created.size < MAX_CREATED) created.add(templateOf(path));
  }

  #countAgent(number: number, agent: string | null): void {
    const rare = this.#rare(number);
    const agents = rare.agents ??= new Set([this.#books.agents[number]!]);
    if (agents.size < MAX_AGENTS) agents.add(agent);
    this.#books.numbers[number * STRIDE + AGENTS] = agents.size;
  }

  #countAddress(number: number, address: string): void {
    const known = this.#rare(number).addresses ??= new Map();
    const count = known.get(address);
    if (count !== undefined) known.set(address, count + 1);
    else if (known.size < MAX_ADDRESSES) known.set(address, 1);
  }

  /** The key of an address's client. */
  keyOf(address: string): string {
    if (isDotted(address) || !address.includes(":")) return address;
    const keys = this.#keys ??= new Map();
    let key = keys.get(address);
    if (key === undefined) {
      try {
        key = limitSubject(address, this.#prefix);
      } catch {
        key = address;
      }
      if (keys.size >= MAX_CLIENTS) keys.clear();
      keys.set(address, key);
    }
    return key;
  }

  /** The activity of the client with an address, or with its stored form. */
  of(address: string): Client {
    return this.#clientOf(address) ?? NOBODY;
  }

  get(address: string): Counted | undefined {
    return this.#clientOf(address);
  }

  #clientOf(address: string): Client | undefined {
    const number = this.#index.get(this.keyOf(address));
    return number < 0 ? undefined : new Entry(this.#books, number);
  }

  /** The address with most of a client's requests, and how many addresses it has. */
  busiest(key: string): { address: string; addresses: number } {
    const number = this.#index.get(key);
    const known = this.#books.rare.get(number)?.addresses;
    if (!known) return { address: key, addresses: 1 };
    let best = "";
    let most = 0;
    for (const [address, count] of known) {
      if (count > most || count === most && address < best) {
        [best, most] = [address, count];
      }
    }
    return { address: best, addresses: known.size };
  }

  /** Every client; each is valid until the next one is requested. */
  *all(): Generator<CountedClient> {
    const entry = new Entry(this.#books, 0);
    for (; entry.number < this.#index.names.length; entry.number++) yield entry;
  }

  *[Symbol.iterator](): Generator<[address: string, counted: Counted]> {
    for (const { key, requests, signedIn } of this.all()) {
      yield [this.busiest(key).address, { requests, signedIn }];
    }
  }
}

/** Whether an address is IPv4, not IPv6: faster than searching for a colon. */
function isDotted(address: string): boolean {
  for (let i = 0; i < 4; i++) {
    const code = address.charCodeAt(i);
    if (code === COLON) return false;
    if (code === DOT) return true;
  }
  return false;
}

/** Records arrive nearly in order of time; for the few others, counts may be too low. */
function countMinute(
  numbers: Float64Array,
  at: number,
  timestamp: number,
): void {
  const from = numbers[at + MINUTE_FROM]!;
  if (!(timestamp < from + MINUTE)) {
    numbers[at + MINUTE_FROM] = Math.floor(timestamp / MINUTE) * MINUTE;
    numbers[at + IN_MINUTE] = 0;
  } else if (timestamp < from) return;
  const count = numbers[at + IN_MINUTE]! + 1;
  numbers[at + IN_MINUTE] = count;
  if (count > numbers[at + PEAK]!) {
    numbers[at + PEAK] = count;
    numbers[at + PEAK_AT] = numbers[at + MINUTE_FROM]!;
  }
}

/** The length of the current run of requests for one path. */
function countRun(
  numbers: Float64Array,
  at: number,
  paths: string[],
  path: string,
  timestamp: number,
): number {
  const number = at / STRIDE;
  let run = numbers[at + RUN_LENGTH]! + 1;
  // Time first: comparing paths reads two texts that are rarely in the processor's cache.
  if (timestamp - numbers[at + RUN_FROM]! > RUN_MS || path !== paths[number]) {
    paths[number] = path;
    numbers[at + RUN_FROM] = timestamp;
    run = 1;
  }
  numbers[at + RUN_LENGTH] = run;
  if (run > numbers[at + RUN]!) numbers[at + RUN] = run;
  return run;
}
