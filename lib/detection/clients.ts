import { MINUTE } from "../base/duration.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { SubjectIndex } from "../lists/subject_index.ts";
import { limitSubject } from "../net/prefix.ts";
import type { Census, Counted } from "./census.ts";
import { sampler } from "./evidence.ts";
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

/** The data of a client other than numbers. */
interface Kept {
  /** The last path it requested. */
  path: string;
  agent: string | null;
  seenAgents: Set<string | null> | string | null;
  refused: Set<string> | null;
  created: Set<string> | null;
  sample: Evidence | null;
  /** For an IPv6 prefix: the number of requests of each address. */
  addresses: Map<string, number> | null;
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
  readonly #sampleOf = sampler();
  readonly #prefix: number;
  readonly #index = new SubjectIndex();
  readonly #kept: Kept[] = [];
  readonly #keys = new Map<string, string>();
  #numbers = new Float64Array(2 * STRIDE);

  constructor(ipv6Prefix = 64) {
    this.#prefix = ipv6Prefix;
  }

  /** Counts a request that our blocklist did not refuse. */
  add(record: RequestRecord): void {
    this.requests++;
    const { ip_address, status, timestamp, path, username } = record;
    this.minutes.add(record);
    const key = this.keyOf(ip_address);
    if (record.method === "POST") this.forms.add(record, key);
    let number = this.#index.get(key);
    if (number < 0) {
      if (this.#kept.length >= MAX_CLIENTS) return;
      number = this.#open(key, record);
    }
    const kept = this.#kept[number]!;
    const numbers = this.#numbers;
    const at = number * STRIDE;
    numbers[at + REQUESTS]! += 1;
    if (timestamp < numbers[at + FIRST]!) numbers[at + FIRST] = timestamp;
    if (timestamp > numbers[at + LAST]!) numbers[at + LAST] = timestamp;
    if (username !== null) numbers[at + KNOWN] = SIGNED_IN | ACCEPTED;
    if (status >= 400) {
      numbers[at + FAILED]! += 1;
      if (status === 401) refuse(kept, path);
    } else if (status < 300 || status === 304) {
      numbers[at + SUCCEEDED]! += 1;
      // If the host is known, own referrers are recognized by it.
      if (record.host === null) this.referrers.served(path);
      if (status === 201) create(kept, path);
      if (kept.refused?.has(path)) numbers[at + KNOWN]! |= ACCEPTED;
    }
    countMinute(numbers, at, timestamp);
    if (numbers[at + IN_MINUTE] === BUSY && kept.sample === null) {
      kept.sample = this.#sampleOf(record);
    }
    const run = countRun(numbers, at, kept, path, timestamp);
    if (
      run >= FOREIGN && record.referrer !== null && !this.referrers.has(record)
    ) numbers[at + FOREIGN_RUN] = Math.max(numbers[at + FOREIGN_RUN]!, run);
    const { user_agent } = record;
    // Nearly every client has one user agent.
    if (numbers[at + AGENTS] !== 1 || kept.seenAgents !== user_agent) {
      numbers[at + AGENTS] = countAgent(
        kept,
        numbers[at + AGENTS]!,
        user_agent,
      );
    }
    if (key !== ip_address) countAddress(kept, ip_address);
  }

  #open(key: string, { timestamp, path, user_agent }: RequestRecord): number {
    const number = this.#index.add(key);
    const at = number * STRIDE;
    if (at === this.#numbers.length) {
      const numbers = new Float64Array(2 * at);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    const numbers = this.#numbers;
    numbers[at + FIRST] = numbers[at + LAST] = timestamp;
    numbers[at + RUN_FROM] = timestamp;
    numbers[at + MINUTE_FROM] = -Infinity;
    this.#kept.push({
      path,
      agent: user_agent,
      seenAgents: null,
      refused: null,
      created: null,
      sample: null,
      addresses: null,
    });
    return number;
  }

  /** The key of an address's client. */
  keyOf(address: string): string {
    if (isDotted(address) || !address.includes(":")) return address;
    let key = this.#keys.get(address);
    if (key === undefined) {
      try {
        key = limitSubject(address, this.#prefix);
      } catch {
        key = address;
      }
      if (this.#keys.size >= MAX_CLIENTS) this.#keys.clear();
      this.#keys.set(address, key);
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
    return number < 0 ? undefined : this.#client(number);
  }

  #client(number: number): Client {
    const { agent, created, sample } = this.#kept[number]!;
    const numbers = this.#numbers;
    const at = number * STRIDE;
    return {
      requests: numbers[at + REQUESTS]!,
      succeeded: numbers[at + SUCCEEDED]!,
      failed: numbers[at + FAILED]!,
      signedIn: (numbers[at + KNOWN]! & SIGNED_IN) !== 0,
      accepted: (numbers[at + KNOWN]! & ACCEPTED) !== 0,
      peak: numbers[at + PEAK]!,
      peakAt: numbers[at + PEAK_AT]!,
      agents: numbers[at + AGENTS]!,
      run: numbers[at + RUN]!,
      foreignRun: numbers[at + FOREIGN_RUN]!,
      created: created ?? NOTHING,
      agent,
      sample,
    };
  }

  /** The address with most of a client's requests, and how many addresses it has. */
  busiest(key: string): { address: string; addresses: number } {
    const number = this.#index.get(key);
    const known = number < 0 ? null : this.#kept[number]!.addresses;
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

  /** Every client, with the times of its first and last request. */
  *all(): Generator<
    [key: string, client: Client, first: number, last: number]
  > {
    for (const [number, key] of this.#index.names.entries()) {
      const at = number * STRIDE;
      const numbers = this.#numbers;
      yield [
        key,
        this.#client(number),
        numbers[at + FIRST]!,
        numbers[at + LAST]!,
      ];
    }
  }

  *[Symbol.iterator](): Generator<[address: string, counted: Counted]> {
    for (const [number, key] of this.#index.names.entries()) {
      yield [this.busiest(key).address, this.#client(number)];
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

function refuse(kept: Kept, path: string): void {
  kept.refused ??= new Set();
  if (kept.refused.size < MAX_REFUSED) kept.refused.add(path);
}

function create(kept: Kept, path: string): void {
  kept.created ??= new Set();
  if (kept.created.size < MAX_CREATED) kept.created.add(templateOf(path));
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
  kept: Kept,
  path: string,
  timestamp: number,
): number {
  let run = numbers[at + RUN_LENGTH]! + 1;
  if (path !== kept.path || timestamp - numbers[at + RUN_FROM]! > RUN_MS) {
    kept.path = path;
    numbers[at + RUN_FROM] = timestamp;
    run = 1;
  }
  numbers[at + RUN_LENGTH] = run;
  if (run > numbers[at + RUN]!) numbers[at + RUN] = run;
  return run;
}

/** Counts another user agent; nearly every client has only one, which needs no set. */
function countAgent(kept: Kept, agents: number, agent: string | null): number {
  const seen = kept.seenAgents;
  if (agents === 0) {
    kept.seenAgents = agent;
    return 1;
  }
  if (seen instanceof Set) {
    return agents < MAX_AGENTS ? seen.add(agent).size : agents;
  }
  kept.seenAgents = new Set([seen, agent]);
  return 2;
}

function countAddress(kept: Kept, address: string): void {
  const known = kept.addresses ??= new Map();
  const count = known.get(address);
  if (count !== undefined) known.set(address, count + 1);
  else if (known.size < MAX_ADDRESSES) known.set(address, 1);
}
