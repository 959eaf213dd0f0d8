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

/** What else a client did, beside what a rule counts of it. */
export interface Client {
  requests: number;
  /** Requests that the app served (2xx, 304). */
  succeeded: number;
  /** Requests that failed (4xx, 5xx). */
  failed: number;
  signedIn: boolean;
  /** Signed in, or refused with 401 and then let in at the same path. */
  accepted: boolean;
  /** Most requests in any clock minute, and when that began. */
  peak: number;
  peakAt: number;
  /** How many different user agents it had, up to 16. */
  agents: number;
  /** Most requests for one path within ten seconds, one after the other. */
  run: number;
  /** The same of requests that another site's page is said to have led to, from twenty on. */
  foreignRun: number;
  /** What it made itself: templates of paths that were answered with 201. */
  created: ReadonlySet<string>;
  /** Its first user agent. */
  agent: string | null;
  /** One of its requests in a busy minute, the twentieth. */
  sample: Evidence | null;
}

/** A client that did nothing that is known. */
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
/** Nobody follows one link so often. */
const FOREIGN = 20;
/** From so many requests in a minute on one is kept. */
const BUSY = 20;

interface Book extends Client {
  created: Set<string>;
  minute: number;
  inMinute: number;
  refused: Set<string> | null;
  seenAgents: Set<string | null> | string | null;
  path: string;
  runFrom: number;
  runLength: number;
  first: number;
  last: number;
  /** Of an IPv6 prefix: how many requests each address made. */
  addresses: Map<string, number> | null;
}

const NOTHING: Set<string> = new Set();

/**
 * Who was there in a period and what they did, by client: an IPv4 address, or the prefix of an IPv6
 * one. More clients than 50,000 are counted together, but not remembered one by one.
 */
export class Clients implements Census {
  requests = 0;
  readonly referrers = new OwnReferrers();
  readonly minutes = new SiteMinutes();
  readonly forms = new FormPaths();
  readonly #sampleOf = sampler();
  readonly #prefix: number;
  readonly #index = new SubjectIndex();
  readonly #books: Book[] = [];
  readonly #keys = new Map<string, string>();

  constructor(ipv6Prefix = 64) {
    this.#prefix = ipv6Prefix;
  }

  /** Counts a request that our blocklist let in. */
  add(record: RequestRecord): void {
    this.requests++;
    const { ip_address, status, timestamp, path, username } = record;
    this.minutes.add(record);
    const key = this.keyOf(ip_address);
    if (record.method === "POST") this.forms.add(record, key);
    let book = this.#bookOf(key);
    if (book === undefined) {
      if (this.#books.length >= MAX_CLIENTS) return;
      book = open(record);
      this.#books[this.#index.add(key)] = book;
    }
    book.requests++;
    if (timestamp < book.first) book.first = timestamp;
    if (timestamp > book.last) book.last = timestamp;
    if (username !== null) book.signedIn = book.accepted = true;
    if (status >= 400) {
      book.failed++;
      if (status === 401) refuse(book, path);
    } else if (status < 300 || status === 304) {
      book.succeeded++;
      // Where the host is known, a referrer of ours is told by that.
      if (record.host === null) this.referrers.served(path);
      if (status === 201) create(book, path);
      if (book.refused?.has(path)) book.accepted = true;
    }
    countMinute(book, timestamp);
    if (book.inMinute === BUSY && book.sample === null) {
      book.sample = this.#sampleOf(record);
    }
    countRun(book, path, timestamp);
    if (
      book.runLength >= FOREIGN && record.referrer !== null &&
      !this.referrers.has(record)
    ) book.foreignRun = Math.max(book.foreignRun, book.runLength);
    countAgent(book, record.user_agent);
    if (key !== ip_address) countAddress(book, ip_address);
  }

  /** What stands for the client of an address. */
  keyOf(address: string): string {
    if (!address.includes(":")) return address;
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

  /** What is known of the client that an address, or what stands for it, belongs to. */
  of(address: string): Client {
    return this.#bookOf(this.keyOf(address)) ?? NOBODY;
  }

  get(address: string): Counted | undefined {
    return this.#bookOf(this.keyOf(address));
  }

  #bookOf(key: string): Book | undefined {
    const number = this.#index.get(key);
    return number < 0 ? undefined : this.#books[number];
  }

  /** The address that made most of a client's requests, and how many it has. */
  busiest(key: string): { address: string; addresses: number } {
    const known = this.#bookOf(key)?.addresses;
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

  /** Every client, when it was first and last there. */
  *all(): Generator<
    [key: string, client: Client, first: number, last: number]
  > {
    for (const [number, key] of this.#index.names.entries()) {
      const book = this.#books[number]!;
      yield [key, book, book.first, book.last];
    }
  }

  *[Symbol.iterator](): Generator<[address: string, counted: Counted]> {
    for (const [number, key] of this.#index.names.entries()) {
      yield [this.busiest(key).address, this.#books[number]!];
    }
  }
}

function open({ timestamp, path, user_agent }: RequestRecord): Book {
  return {
    ...NOBODY,
    created: NOTHING,
    agent: user_agent,
    minute: -1,
    inMinute: 0,
    refused: null,
    seenAgents: null,
    path,
    runFrom: timestamp,
    runLength: 0,
    first: timestamp,
    last: timestamp,
    addresses: null,
  };
}

function refuse(book: Book, path: string): void {
  book.refused ??= new Set();
  if (book.refused.size < MAX_REFUSED) book.refused.add(path);
}

function create(book: Book, path: string): void {
  if (book.created === NOTHING) book.created = new Set();
  if (book.created.size < MAX_CREATED) book.created.add(templateOf(path));
}

/** Records come nearly in the order of time; the few that do not may count short. */
function countMinute(book: Book, timestamp: number): void {
  const minute = Math.floor(timestamp / MINUTE);
  if (minute !== book.minute) {
    if (minute < book.minute) return;
    book.minute = minute;
    book.inMinute = 0;
  }
  if (++book.inMinute > book.peak) {
    book.peak = book.inMinute;
    book.peakAt = minute * MINUTE;
  }
}

function countRun(book: Book, path: string, timestamp: number): void {
  if (path !== book.path || timestamp - book.runFrom > RUN_MS) {
    book.path = path;
    book.runFrom = timestamp;
    book.runLength = 0;
  }
  if (++book.runLength > book.run) book.run = book.runLength;
}

/** Nearly every client has one, which needs no set. */
function countAgent(book: Book, agent: string | null): void {
  const seen = book.seenAgents;
  if (book.agents === 0) {
    book.seenAgents = agent;
    book.agents = 1;
  } else if (seen instanceof Set) {
    if (book.agents < MAX_AGENTS) book.agents = seen.add(agent).size;
  } else if (seen !== agent) {
    book.seenAgents = new Set([seen, agent]);
    book.agents = 2;
  }
}

function countAddress(book: Book, address: string): void {
  const known = book.addresses ??= new Map();
  const count = known.get(address);
  if (count !== undefined) known.set(address, count + 1);
  else if (known.size < MAX_ADDRESSES) known.set(address, 1);
}
