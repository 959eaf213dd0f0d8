import { getAll } from "../store/get_all.ts";
import { keys } from "../store/keys.ts";
import { type Finding, type Settled, settledAs } from "./finding.ts";
import {
  packFinding,
  type StoredFinding,
  unpackFinding,
} from "./stored_finding.ts";
import { compareSeverity, type Severity } from "./types.ts";

/** The fields of a finding that lists filter by, so that they read only the findings they show. */
export interface IndexEntry {
  ip_address: string;
  rule: string;
  severity: Severity;
  is_active: boolean;
  resolved_at: number | null;
  /** The decision, if resolved; missing in entries of older versions. */
  settled?: Settled;
  expires_at: number;
  /** Its rank within its severity; missing in entries of older versions. */
  score?: number;
  count?: number;
}

/** Conditions on findings. */
export interface FindingFilter {
  active?: boolean;
  /** This address or range, or one of these. */
  ip?: string | readonly string[];
  rule?: string;
  /** This severity or a higher one. */
  severity?: Severity;
  /** Exactly this severity. */
  only?: Severity;
  /** Findings with this decision. */
  settled?: Settled;
}

/** The index of all findings, including expired ones. */
export function readIndex(kv: Deno.Kv): Deno.KvListIterator<IndexEntry> {
  return kv.list({ prefix: keys.findingsByTime() }, { batchSize: 1_000 });
}

/** The stored finding with an id. */
export async function readFinding(
  kv: Deno.Kv,
  id: string,
): Promise<Deno.KvEntryMaybe<Finding>> {
  return unpacked(await kv.get<StoredFinding>(keys.finding(id)));
}

/** The stored findings with these ids, in the same order. */
export async function readFindings(
  kv: Deno.Kv,
  ids: readonly string[],
): Promise<Deno.KvEntryMaybe<Finding>[]> {
  const wanted = ids.map((id) => keys.finding(id));
  return (await getAll<StoredFinding>(kv, wanted)).map(unpacked);
}

/**
 * The same if it is known which ids are stored: the others are returned as missing without being
 * read. Another process may have written one since, so a writer must check the entries.
 *
 * @param ids In ascending order.
 * @param lists Whether most of what is stored between the first and the last id is wanted: one list
 * is then faster than many reads.
 */
export async function readKnownFindings(
  kv: Deno.Kv,
  ids: readonly string[],
  stored: ReadonlySet<string>,
  lists: boolean,
): Promise<Deno.KvEntryMaybe<Finding>[]> {
  const wanted = ids.filter((id) => stored.has(id));
  const read = lists ? findingsBetween : readFindings;
  const found = new Map<string, Deno.KvEntryMaybe<Finding>>();
  for (const entry of wanted.length > 0 ? await read(kv, wanted) : []) {
    if (entry.value) found.set(entry.value.id, entry);
  }
  return ids.map((id) =>
    found.get(id) ?? { key: keys.finding(id), value: null, versionstamp: null }
  );
}

function findingsBetween(
  kv: Deno.Kv,
  ids: readonly string[],
): Promise<Deno.KvEntryMaybe<Finding>[]> {
  const entries = kv.list<StoredFinding>({
    start: keys.finding(ids[0]!),
    end: keys.finding(`${ids.at(-1)}\0`),
  }, { batchSize: 100 });
  return Array.fromAsync(entries, unpacked);
}

function unpacked(
  entry: Deno.KvEntryMaybe<StoredFinding>,
): Deno.KvEntryMaybe<Finding> {
  const { key, value, versionstamp } = entry;
  if (value === null) return { key, value: null, versionstamp: null };
  // Entries of a list keep each other alive, see lib/log/stored_chunks.ts.
  (entry as { value: unknown }).value = null;
  return { key, value: unpackFinding(value), versionstamp };
}

/** Adds a finding and its index entry to a commit; `before` is what was stored. */
export function put(
  commit: Deno.AtomicOperation,
  before: Finding | null,
  finding: Finding,
  now: number,
): void {
  const entry: IndexEntry = {
    ip_address: finding.ip_address,
    rule: finding.rule,
    severity: finding.severity,
    is_active: finding.is_active,
    resolved_at: finding.resolved_at,
    ...finding.is_active ? {} : { settled: settledAs(finding) },
    expires_at: finding.expires_at,
    score: finding.score,
    count: finding.count,
  };
  const expireIn = Math.max(1, finding.expires_at - now);
  if (before && before.flagged_at !== finding.flagged_at) {
    commit.delete(keys.findingByTime(before.flagged_at, before.id));
  }
  commit.set(keys.finding(finding.id), packFinding(finding), { expireIn });
  commit.set(keys.findingByTime(finding.flagged_at, finding.id), entry, {
    expireIn,
  });
}

/** The finding, or null if it is missing or expired. */
export function live(finding: Finding | null, now: number): Finding | null {
  return finding && finding.expires_at > now ? finding : null;
}

/** Whether a finding, or its index entry, matches a filter. */
export function matches(
  item: IndexEntry | Finding,
  filter: FindingFilter & { now: number },
): boolean {
  return item.expires_at > filter.now &&
    (filter.active === undefined || item.is_active === filter.active) &&
    (filter.ip === undefined ||
      (typeof filter.ip === "string"
        ? item.ip_address === filter.ip
        : filter.ip.includes(item.ip_address))) &&
    (filter.rule === undefined || item.rule === filter.rule) &&
    (filter.only === undefined || item.severity === filter.only) &&
    (filter.settled === undefined ||
      !item.is_active && settledOf(item) === filter.settled) &&
    (filter.severity === undefined ||
      compareSeverity(item.severity, filter.severity) >= 0);
}

function settledOf(item: IndexEntry | Finding): Settled {
  return "id" in item ? settledAs(item) : item.settled ?? "dismissed";
}
