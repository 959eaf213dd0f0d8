/**
 * Which requests a block would affect, read from the request log before anything is written.
 *
 * @module
 */
import { deadline, DeadlineError } from "../base/delay.ts";
import { botOf } from "../bots/bot_of.ts";
import {
  type Cidr,
  cidrOf,
  contains,
  formatCidr,
  isSingle,
  toCidr,
} from "../net/cidr.ts";
import { formatIp, parseIp, readIp } from "../net/ip.ts";
import type { Protected } from "../lists/access_refusal.ts";
import { refusalToBlock } from "../lists/access_store.ts";
import {
  type AddressStorage,
  fullAddresses,
  type PrivacyMode,
} from "../privacy/address_storage.ts";
import {
  type ChunkFilter,
  matchingRows,
  MAX_SPAN_MS,
  recordAt,
} from "./log_chunk.ts";
import { ipName } from "./request_filter.ts";
import { chunksBackwards } from "./request_query.ts";
import type { StoredChunk } from "./stored_chunks.ts";
import { DAY } from "../base/duration.ts";

/** How far back the log is read, in milliseconds: 7 days. */
export const IMPACT_SPAN_MS = 7 * DAY;

/** The effect of a block of an address or range. */
export interface Impact {
  /** Canonical address or range. */
  ip_address: string;
  requests: number;
  /** Number of distinct addresses. */
  addresses: number;
  /** Number of signed-in users. */
  user_count: number;
  /** The first ten of these by name. */
  users: string[];
  /** The first ten crawlers, by the name in their user agent. */
  crawlers: string[];
  /** Epoch ms. */
  last_seen_at: number | null;
  /** The five most requested. */
  top_paths: { path: string; requests: number }[];
  /** Whether it includes the caller's address. */
  includes_you: boolean;
  /** Reading stopped early: the figures are lower bounds. */
  at_least: boolean;
  /** Why the figures are not exactly those of this range, if `PRIVACY_IP` makes them so. */
  note: string | null;
  /** Why the block would be refused without force, or null. */
  refusal: string | null;
}

/** Options for {@linkcode measureImpact}. */
export interface ImpactOptions extends Pick<Protected, "trustedProxies"> {
  /** The caller's address. */
  from?: string;
  /** Maximum time for reading the log, in milliseconds. @default {2000} */
  patienceMs?: number;
  /** Maximum number of its requests that are read. @default {1_000_000} */
  maxRequests?: number;
  /** How the log's addresses are stored. @default {fullAddresses} */
  addresses?: AddressStorage;
}

const MAX_USERS_SHOWN = 10;
const TOOLS: ReadonlySet<string> = new Set(["tool", "headless"]);
const MAX_PATHS_SHOWN = 5;
/** Maximum number of distinct addresses, users or paths. */
const MAX_DISTINCT = 10_000;

/**
 * Counts the requests of a range in the last 7 days, newest first. It ends within about
 * `patienceMs` whatever the log's size, even if the store does not answer.
 *
 * @throws {SyntaxError} if `ip` is neither an address nor a range.
 * @throws {RangeError} for a prefix out of range.
 */
export async function measureImpact(
  kv: Deno.Kv,
  now: () => number,
  ip: string | Cidr,
  options: ImpactOptions = {},
): Promise<Impact> {
  const { from, patienceMs = 2_000, addresses = fullAddresses } = options;
  const { mode } = addresses;
  const range = toCidr(ip, "block");
  const end = performance.now() + patienceMs;
  const tally = new ImpactTally(options.maxRequests ?? 1_000_000);
  const refusal = await deadline(
    refusalToBlock(kv, now, {
      ip: range,
      trustedProxies: options.trustedProxies,
      protectedIps: from === undefined ? [] : [from],
    }),
    patienceMs,
  );
  const isOf = addressTest(range, addresses);
  const names = mode === "full" ? { ip: ipName(range) } : undefined;
  await readBlocks(kv, now, { end, filter: { ip: isOf, names }, tally });
  const you = from === undefined ? null : parseIp(from);
  return {
    ip_address: formatCidr(range),
    ...tally.result(),
    includes_you: you !== null && contains(range, you),
    note: privacyNote(range, mode),
    refusal,
  };
}

async function readBlocks(
  kv: Deno.Kv,
  now: () => number,
  { end, filter, tally }: {
    end: number;
    filter: ChunkFilter;
    tally: ImpactTally;
  },
): Promise<void> {
  const since = now() - IMPACT_SPAN_MS;
  const range = { from: since, to: now() + MAX_SPAN_MS + 1 };
  const chunks = chunksBackwards(kv, range, now, filter);
  const iterator = chunks[Symbol.asyncIterator]();
  while (true) {
    const left = end - performance.now();
    if (left <= 0 || tally.isFull) return tally.giveUp();
    let next: IteratorResult<StoredChunk>;
    try {
      next = await deadline(iterator.next(), left);
    } catch (error) {
      if (error instanceof DeadlineError) return tally.giveUp();
      throw error;
    }
    if (next.done) return;
    const { chunk } = next.value;
    for (const row of matchingRows(chunk, filter)) {
      const record = recordAt(chunk, row);
      if (record.timestamp >= since) tally.add(record);
    }
  }
}

class ImpactTally {
  readonly #max: number;
  readonly #addresses = new Set<string>();
  readonly #users = new Set<string>();
  readonly #crawlers = new Set<string>();
  readonly #paths = new Map<string, number>();
  #requests = 0;
  #lastSeen: number | null = null;
  #atLeast = false;

  constructor(max: number) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#requests >= this.#max;
  }

  giveUp(): void {
    this.#atLeast = true;
  }

  add(record: {
    timestamp: number;
    ip_address: string;
    path: string;
    username: string | null;
    user_agent: string | null;
  }): void {
    this.#requests++;
    this.#lastSeen = Math.max(this.#lastSeen ?? 0, record.timestamp);
    this.#addTo(this.#addresses, record.ip_address);
    if (record.username !== null) this.#addTo(this.#users, record.username);
    const bot = botOf(record.user_agent);
    if (bot !== null && !TOOLS.has(bot.category)) {
      this.#addTo(this.#crawlers, bot.name);
    }
    const count = this.#paths.get(record.path);
    if (count !== undefined || this.#paths.size < MAX_DISTINCT) {
      this.#paths.set(record.path, (count ?? 0) + 1);
    }
  }

  #addTo(set: Set<string>, text: string): void {
    if (set.size < MAX_DISTINCT) set.add(text);
    else if (!set.has(text)) this.#atLeast = true;
  }

  result() {
    return {
      requests: this.#requests,
      addresses: this.#addresses.size,
      user_count: this.#users.size,
      users: [...this.#users].sort().slice(0, MAX_USERS_SHOWN),
      crawlers: [...this.#crawlers].sort().slice(0, MAX_USERS_SHOWN),
      last_seen_at: this.#lastSeen,
      top_paths: [...this.#paths]
        .map(([path, requests]) => ({ path, requests }))
        .sort((a, b) => b.requests - a.requests || (a.path < b.path ? -1 : 1))
        .slice(0, MAX_PATHS_SHOWN),
      at_least: this.#atLeast,
    };
  }
}

/** Tests whether an address, as stored in the log, is in the range. */
function addressTest(
  range: Cidr,
  { mode, formsOf }: AddressStorage,
): (ip: string) => boolean {
  const words = new Int32Array(4);
  const isIn = (ip: string) => {
    const family = readIp(ip, words);
    return family !== 0 && contains(range, { family, words });
  };
  if (mode === "hashed" ? !isSingle(range) : !isNarrow(range, mode)) {
    return isIn;
  }
  const forms = new Set(formsOf(formatIp(range)));
  return (ip) => forms.has(ip) || isIn(ip);
}

/** Whether a range is smaller than the networks that a truncated log can distinguish. */
function isNarrow(range: Cidr, privacy: PrivacyMode): boolean {
  return privacy === "truncated" &&
    range.prefix > (range.family === 4 ? 24 : 48);
}

function privacyNote(range: Cidr, privacy: PrivacyMode): string | null {
  if (isNarrow(range, privacy)) {
    const network = formatCidr(cidrOf(range, range.family === 4 ? 24 : 48));
    return `Addresses are logged truncated, so these are the figures of ${network}.`;
  }
  return privacy === "hashed" && !isSingle(range)
    ? "Addresses are logged hashed, so a range's requests cannot be counted."
    : null;
}
