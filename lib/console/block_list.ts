import { parseDuration } from "../base/duration.ts";
import { Refusal } from "../base/refusal.ts";
import { isLive } from "../lists/access_entry.ts";
import type { AccessEntry } from "../lists/access_entry.ts";
import { blockMany } from "../lists/access_import.ts";
import { unblockIp } from "../lists/access_store.ts";
import type { Impact } from "../log/impact.ts";
import { formatCidr, parseCidr } from "../net/cidr.ts";
import { appendAudit, type AuditEntry } from "../store/audit.ts";
import { keys } from "../store/keys.ts";
import { previewBlock, readEntry } from "./block_request.ts";
import type { ConsoleParts } from "./console_parts.ts";

/** Longer lists are imported from a file. */
export const MOST_AT_ONCE = 500;
/** The time limit of the whole preview, in milliseconds. */
const PREVIEW_MS = 4_000;

/**
 * The addresses and ranges of a text, separated by blanks, commas or line breaks; in canonical
 * form, without duplicates.
 */
export function addressesIn(text: string): string[] {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length > MOST_AT_ONCE) {
    throw new Refusal(
      "invalid",
      `Cannot block ${words.length} addresses at once: expected at most ${MOST_AT_ONCE}; import longer lists`,
    );
  }
  return [
    ...new Set(words.map((word) => formatCidr(parseCidr(word, "block")))),
  ];
}

/** The impact of a block of several addresses. */
export interface ListImpact {
  addresses: string[];
  requests: number;
  users: string[];
  crawlers: string[];
  includes_you: boolean;
  /** The entries that would be left out, with reasons. */
  refused: { ip: string; why: string }[];
  /** The number of addresses looked up within the time limit. */
  measured: number;
}

/** Reads the impact, address by address, until the time limit. */
export async function previewList(
  parts: ConsoleParts,
  addresses: string[],
  from: string,
): Promise<ListImpact> {
  const end = performance.now() + PREVIEW_MS;
  const impacts: Impact[] = [];
  for (const ip of addresses) {
    const left = end - performance.now();
    if (left <= 0) break;
    const { range } = await readEntry(parts, { ip }, "block");
    impacts.push(await previewBlock(parts, range, { from }, left));
  }
  const named = (of: (impact: Impact) => string[]) =>
    [...new Set(impacts.flatMap(of))].sort();
  return {
    addresses,
    requests: impacts.reduce((sum, { requests }) => sum + requests, 0),
    users: named(({ users }) => users),
    crawlers: named(({ crawlers }) => crawlers),
    includes_you: impacts.some(({ includes_you }) => includes_you),
    refused: impacts.flatMap(({ ip_address: ip, refusal }) =>
      refusal === null ? [] : [{ ip, why: refusal }]
    ),
    measured: impacts.length,
  };
}

/** Blocks all of them in one write and one audit entry, whose undo removes the new ones. */
export async function blockList(
  { kv, now, lists, config }: ConsoleParts,
  { addresses, reason, for: span, by, from, incidents = [] }: {
    addresses: string[];
    /** The incidents that it decides. */
    incidents?: readonly string[];
    reason: string;
    for: string;
    by: string;
    from: string;
  },
): Promise<{ entry: AuditEntry; written: number; refused: number }> {
  const expires_at = span === "" ? null : now() + parseDuration(span);
  const before = await entriesOf(kv, addresses, now());
  const result = await blockMany(
    kv,
    now,
    addresses.map((ip) => ({ ip, reason, created_by: by, expires_at })),
    { trustedProxies: config.trustedProxies, protectedIps: [from] },
  );
  lists.applyLocal(result.changes);
  const after = await entriesOf(kv, addresses, now());
  const made = addresses.filter((ip) => after.has(ip) && !before.has(ip));
  const entry = await appendAudit(kv, {
    who: by,
    what: "block_list",
    target: `${result.written} addresses`,
    from,
    why: reason || null,
    reverse: {
      kind: "unlist_many",
      entries: made.map((ip) => [ip, after.get(ip)!.created_at]),
      ...incidents.length > 0 ? { incidents: [...incidents] } : {},
    },
  }, now());
  return { entry, written: result.written, refused: result.refused };
}

/** Removes the blocks of a list that have not changed since. */
export async function unblockList(
  { kv, now, lists }: Pick<ConsoleParts, "kv" | "now" | "lists">,
  entries: [ip: string, created_at: number][],
): Promise<number> {
  let undone = 0;
  const there = await entriesOf(kv, entries.map(([ip]) => ip), now());
  for (const [ip, created_at] of entries) {
    if (there.get(ip)?.created_at !== created_at) continue;
    const { changes } = await unblockIp(kv, now, ip);
    lists.applyLocal(changes);
    undone++;
  }
  return undone;
}

/** The limit of keys per read. */
const READ = 10;

/** The active blocks of exactly these addresses. */
export async function entriesOf(
  kv: Deno.Kv,
  addresses: string[],
  now: number,
): Promise<Map<string, AccessEntry>> {
  const found = new Map<string, AccessEntry>();
  for (let at = 0; at < addresses.length; at += READ) {
    const some = addresses.slice(at, at + READ);
    const entries = await kv.getMany<AccessEntry[]>(
      some.map((ip) => keys.access("blocked", ip)),
    );
    for (const { value } of entries) {
      if (value !== null && isLive(value, now)) {
        found.set(value.ip_address, value);
      }
    }
  }
  return found;
}
