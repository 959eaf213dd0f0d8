import { cursorOf } from "../base/cursor.ts";
import { Refusal } from "../base/refusal.ts";
import {
  type Cidr,
  cidrOf,
  overlaps,
  parseCidr,
  readCidr,
} from "../net/cidr.ts";
import { formatIp, parseIp } from "../net/ip.ts";
import { quoted } from "../base/quoted.ts";
import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import {
  type AccessEntry,
  type Hits,
  isLive,
  isOfFeed,
  type ListName,
} from "./access_entry.ts";
import { findCovering } from "./access_find.ts";

/** An entry with its hits, for display. */
export type ListedEntry = AccessEntry & Hits;

/** The address of the last entry. */
const CURSOR = cursorOf("text");

/** Options for {@linkcode listAccess}. */
export interface ListOptions {
  now: () => number;
  /** Maximum number of items. @default {50} */
  limit?: number;
  /** End of the last page. */
  cursor?: string | null;
  /**
   * Only entries that overlap this address or range, or whose reason, author or address contains
   * this text, ignoring case.
   */
  search?: string;
  /** Whether entries of feeds are left out. @default {false} */
  withoutFeeds?: boolean;
}

/**
 * One page of a list, ordered by the text of the addresses; `cursor` is null at the end. The search
 * covers all entries.
 *
 * @throws {Refusal} for a cursor that this function did not return.
 */
export async function listAccess(
  kv: Deno.Kv,
  list: ListName,
  { now, limit = 50, cursor, search = "", withoutFeeds = false }: ListOptions,
): Promise<{ items: ListedEntry[]; cursor: string | null }> {
  const matches = searchFor(search);
  const items: AccessEntry[] = [];
  const prefix = keys.accessAll(list);
  const [after = null] = CURSOR.read(cursor) ?? [];
  const selector = after === null
    ? { prefix }
    : { prefix, start: keys.access(list, after) };
  const rows = kv.list<AccessEntry>(selector, {
    batchSize: search || withoutFeeds ? 1_000 : Math.min(limit + 2, 1_000),
  });
  for await (const { value } of rows) {
    // A range that starts at the last item shown includes it.
    if (value.ip_address === after) continue;
    if (!isLive(value, now()) || !matches(value)) continue;
    if (withoutFeeds && isOfFeed(value)) continue;
    if (items.length === limit) {
      const last = items.at(-1)!.ip_address;
      return { items: await withHits(kv, items), cursor: CURSOR.write([last]) };
    }
    items.push(value);
  }
  return { items: await withHits(kv, items), cursor: null };
}

/** Whether an address is allowed, and all entries that contain it. */
export interface AccessCheck {
  /** Canonical. */
  ip_address: string;
  status: "blocked" | "safe" | "none";
  /** The entry that decides. */
  entry: ListedEntry | null;
  /** All live entries that contain the address, narrowest first. */
  blocked: ListedEntry[];
  safe: AccessEntry[];
}

/**
 * Looks up an address in both lists in KV, for a task without a running server.
 *
 * @throws {Refusal} if `ip` is not an address.
 */
export async function checkIp(
  kv: Deno.Kv,
  now: () => number,
  ip: string,
): Promise<AccessCheck> {
  const address = parseIp(ip);
  if (!address) {
    throw new Refusal(
      "invalid",
      `Cannot check ${quoted(ip)}: expected an IP address`,
    );
  }
  const range = cidrOf(address);
  const [blocked, safe] = await Promise.all([
    findCovering(kv, "blocked", range, now()).then((e) => withHits(kv, e)),
    findCovering(kv, "safe", range, now()),
  ]);
  const entry = safe[0] ? { ...safe[0], ...NO_HITS } : blocked[0] ?? null;
  return {
    ip_address: formatIp(address),
    status: safe[0] ? "safe" : blocked[0] ? "blocked" : "none",
    entry,
    blocked,
    safe,
  };
}

const NO_HITS: Hits = { hits: 0, last_hit_at: null };

async function withHits(
  kv: Deno.Kv,
  entries: AccessEntry[],
): Promise<ListedEntry[]> {
  const rows = await getAll<Hits>(
    kv,
    entries.map((entry) => keys.blockHits(entry.ip_address)),
  );
  return entries.map((entry, i) => ({
    ...entry,
    ...(rows[i]?.value ?? NO_HITS),
  }));
}

function searchFor(search: string): (entry: AccessEntry) => boolean {
  const text = search.trim().toLowerCase();
  if (!text) return () => true;
  const range = readCidr(text);
  if (range) return (entry) => overlaps(parseCidr(entry.ip_address), range);
  return ({ ip_address, reason, created_by }) =>
    [ip_address, reason, created_by].some((field) =>
      field.toLowerCase().includes(text)
    );
}

/** The live entries of both lists that contain all of an address or range, narrowest first. */
export async function listEntriesFor(
  kv: Deno.Kv,
  now: () => number,
  range: Cidr,
): Promise<(ListedEntry & { list: ListName })[]> {
  const of = async (list: ListName) => {
    const entries = await findCovering(kv, list, range, now());
    return (await withHits(kv, entries)).map((entry) => ({ ...entry, list }));
  };
  return (await Promise.all([of("safe"), of("blocked")])).flat();
}

/** Every live entry of a list, in the order of {@linkcode listAccess}. */
export async function* allEntries(
  kv: Deno.Kv,
  list: ListName,
  now: () => number,
): AsyncGenerator<ListedEntry> {
  let cursor: string | null = null;
  do {
    const page: { items: ListedEntry[]; cursor: string | null } =
      await listAccess(kv, list, { now, limit: 500, cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== null);
}
