import { keys } from "../store/keys.ts";
import { compareAndSet } from "../store/retry.ts";
import { cutBytes } from "../text.ts";
import type { FindingDraft, SettledUntil } from "./engine.ts";
import {
  type Finding,
  FINDING_LIFETIME_MS,
  findingIds,
  isSettled,
  mergeFinding,
} from "./finding.ts";
import { compareSeverity, type Severity } from "./types.ts";

/** What lists need of a finding, so that they read only the findings they show. */
interface IndexEntry {
  ip_address: string;
  rule: string;
  severity: Severity;
  is_active: boolean;
  resolved_at: number | null;
  expires_at: number;
}

/** What recording a batch of drafts did. */
export interface Recorded {
  /** The findings the drafts stand for now; not those an admin has settled. */
  findings: Finding[];
  /** How many were not there, or had been resolved, before. */
  raised: number;
  /** How many were there and have changed. */
  updated: number;
  /** How many new ones of severity `info` found no room. */
  dropped: number;
}

/** What {@linkcode recordFindings} can be told. */
export interface RecordOptions {
  /** Say what would be recorded, but write nothing. */
  dryRun?: boolean;
  /**
   * How many new findings of severity `info` may be stored.
   *
   * @default Infinity
   */
  infoRoom?: number;
}

/** A finding is about 4 KB and an atomic takes 800 KiB, 100 checks and 1,000 mutations. */
const PER_COMMIT = 90;
const PER_READ = 10;

/**
 * Stores drafts as findings, one per rule and address. Recording the same hour again changes
 * nothing; a finding that an admin resolved is raised again only by requests made after that.
 *
 * @throws {ContentionError} if others write the same findings without end; recorded again, nothing
 * counts twice.
 */
export async function recordFindings(
  kv: Deno.Kv,
  drafts: readonly FindingDraft[],
  now: number,
  options: RecordOptions = {},
): Promise<Recorded> {
  const work = await byId(drafts);
  const total = nothing();
  for (let start = 0; start < work.length; start += PER_COMMIT) {
    const batch = work.slice(start, start + PER_COMMIT);
    const infoRoom = (options.infoRoom ?? Infinity) - total.raisedInfo;
    const part = await compareAndSet(() =>
      recordBatch(kv, batch, now, { ...options, infoRoom })
    );
    for (const finding of part.findings) total.findings.push(finding);
    total.raised += part.raised;
    total.raisedInfo += part.raisedInfo;
    total.updated += part.updated;
    total.dropped += part.dropped;
  }
  const { raisedInfo: _, ...recorded } = total;
  return recorded;
}

type Batch = [id: string, drafts: FindingDraft[]][];

/** Sorted, because SQLite takes keys in their order twice as fast as in none. */
async function byId(drafts: readonly FindingDraft[]): Promise<Batch> {
  const ids = await findingIds(drafts);
  const grouped = new Map<string, FindingDraft[]>();
  for (const [index, draft] of drafts.entries()) {
    const same = grouped.get(ids[index]!);
    if (same) same.push(draft);
    else grouped.set(ids[index]!, [draft]);
  }
  return [...grouped].sort(([a], [b]) => a < b ? -1 : 1);
}

type Part = Recorded & { raisedInfo: number };

function nothing(): Part {
  return { findings: [], raised: 0, raisedInfo: 0, updated: 0, dropped: 0 };
}

async function recordBatch(
  kv: Deno.Kv,
  batch: Batch,
  now: number,
  { dryRun = false, infoRoom = Infinity }: RecordOptions,
): Promise<Part | undefined> {
  const entries = await readFindings(kv, batch.map(([id]) => id));
  const part = nothing();
  const commit = kv.atomic();
  let changes = 0;
  for (const [index, [id, drafts]] of batch.entries()) {
    const entry = entries[index]!;
    const stored = live(entry.value, now);
    const news = drafts.filter((draft) => !isSettled(stored, draft));
    if (news.length === 0) continue;
    const merged = news.reduce<Finding | null>(
      (finding, draft) => mergeFinding(finding, draft, id, now),
      stored,
    )!;
    if (merged === stored) {
      part.findings.push(merged);
      continue;
    }
    if (stored?.is_active) part.updated++;
    else {
      const isInfo = merged.severity === "info";
      if (isInfo && part.raisedInfo >= infoRoom) {
        part.dropped++;
        continue;
      }
      part.raised++;
      if (isInfo) part.raisedInfo++;
    }
    part.findings.push(merged);
    commit.check(entry);
    put(commit, entry.value, merged, now);
    changes++;
  }
  if (dryRun || changes === 0) return part;
  return (await commit.commit()).ok ? part : undefined;
}

/** A page of findings. */
export interface FindingPage {
  items: Finding[];
  /** Where the next page begins, or null at the end. */
  cursor: string | null;
}

/** Which findings a list is asked for. */
export interface FindingFilter {
  active?: boolean;
  ip?: string;
  rule?: string;
  /** This severity or a higher one. */
  severity?: Severity;
}

/** What {@linkcode listFindings} is asked for. */
export interface FindingQuery extends FindingFilter {
  limit: number;
  cursor?: string | null;
  /** The time it is, in milliseconds since the epoch. */
  now: number;
}

/**
 * Findings that are not forgotten, the last flagged first.
 *
 * @throws {RangeError} where the cursor is not one of ours.
 */
export async function listFindings(
  kv: Deno.Kv,
  query: FindingQuery,
): Promise<FindingPage> {
  const items: Finding[] = [];
  let cursor = query.cursor || undefined;
  if (cursor !== undefined && !/^[\w=-]{1,512}$/.test(cursor)) badCursor();
  // An index entry can be newer or older than the finding read after it, so the finding decides.
  while (true) {
    const found: string[] = [];
    const room = query.limit - items.length;
    const list = kv.list<IndexEntry>({ prefix: keys.findingsByTime() }, {
      reverse: true,
      cursor,
      batchSize: 500,
    });
    let more = false;
    try {
      for await (const { key, value } of list) {
        if (!matches(value, query)) continue;
        if (found.length === room) {
          more = true;
          break;
        }
        found.push(String(key[2]));
        cursor = list.cursor;
      }
    } catch (error) {
      if (query.cursor && found.length === 0) badCursor();
      throw error;
    }
    for (const { value } of await readFindings(kv, found)) {
      if (value && matches(value, query)) items.push(value);
    }
    if (!more) return { items, cursor: null };
    if (items.length >= query.limit) return { items, cursor: cursor ?? null };
  }
}

/** The finding of that id, or null. */
export async function getFinding(
  kv: Deno.Kv,
  id: string,
  now: number,
): Promise<Finding | null> {
  return live((await kv.get<Finding>(keys.finding(id))).value, now);
}

/** Who resolves a finding or takes that back, why, and when. */
export interface Resolution {
  by: string;
  why?: string | null;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Resolves a finding: what was seen until now does not raise it again. Or takes that back: the
 * evidence counts again.
 *
 * @returns the finding as it is now, or null where there is none of that id.
 */
export function setFindingActive(
  kv: Deno.Kv,
  id: string,
  isActive: boolean,
  { by, why, now }: Resolution,
): Promise<Finding | null> {
  return compareAndSet(async () => {
    const entry = await kv.get<Finding>(keys.finding(id));
    const finding = live(entry.value, now);
    if (finding === null || finding.is_active === isActive) return finding;
    const changed: Finding = {
      ...finding,
      is_active: isActive,
      resolved_by: isActive ? null : cutBytes(by, 128),
      resolved_at: isActive ? null : now,
      resolution: isActive || !why ? null : cutBytes(why, 512),
      updated_at: now,
      expires_at: now + FINDING_LIFETIME_MS,
    };
    const commit = kv.atomic().check(entry);
    put(commit, finding, changed, now);
    return (await commit.commit()).ok ? changed : undefined;
  });
}

/** How many findings wait for an admin; with `severity`, those at least that serious. */
export async function countActive(
  kv: Deno.Kv,
  { severity, now }: { severity?: Severity; now: number },
): Promise<number> {
  let count = 0;
  for await (const { value } of readIndex(kv)) {
    if (matches(value, { active: true, severity, now })) count++;
  }
  return count;
}

/** What a run of the rules has to know of the findings there are. */
export interface Standing {
  /** How many findings are remembered. */
  total: number;
  settledUntil: SettledUntil | undefined;
}

/** Reads what evidence since `from` is settled by resolutions. */
export async function readStanding(
  kv: Deno.Kv,
  from: number,
  now: number,
): Promise<Standing> {
  const settled = new Map<string, Map<string, number>>();
  let total = 0;
  for await (const { value } of readIndex(kv)) {
    if (value.expires_at <= now) continue;
    total++;
    if (value.resolved_at === null || value.resolved_at < from) continue;
    let subjects = settled.get(value.rule);
    if (!subjects) settled.set(value.rule, subjects = new Map());
    subjects.set(value.ip_address, value.resolved_at);
  }
  return {
    total,
    settledUntil: settled.size === 0
      ? undefined
      : (rule, subject) => settled.get(rule)?.get(subject),
  };
}

function readIndex(kv: Deno.Kv): Deno.KvListIterator<IndexEntry> {
  return kv.list({ prefix: keys.findingsByTime() }, { batchSize: 1_000 });
}

async function readFindings(
  kv: Deno.Kv,
  ids: readonly string[],
): Promise<Deno.KvEntryMaybe<Finding>[]> {
  const reads: Promise<Deno.KvEntryMaybe<Finding>[]>[] = [];
  for (let start = 0; start < ids.length; start += PER_READ) {
    const part = ids.slice(start, start + PER_READ);
    reads.push(kv.getMany<Finding[]>(part.map((id) => keys.finding(id))));
  }
  return (await Promise.all(reads)).flat();
}

function put(
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
    expires_at: finding.expires_at,
  };
  const expireIn = Math.max(1, finding.expires_at - now);
  if (before && before.flagged_at !== finding.flagged_at) {
    commit.delete(keys.findingByTime(before.flagged_at, before.id));
  }
  commit.set(keys.finding(finding.id), finding, { expireIn });
  commit.set(keys.findingByTime(finding.flagged_at, finding.id), entry, {
    expireIn,
  });
}

function live(finding: Finding | null, now: number): Finding | null {
  return finding && finding.expires_at > now ? finding : null;
}

function matches(
  item: IndexEntry | Finding,
  filter: FindingFilter & { now: number },
): boolean {
  return item.expires_at > filter.now &&
    (filter.active === undefined || item.is_active === filter.active) &&
    (filter.ip === undefined || item.ip_address === filter.ip) &&
    (filter.rule === undefined || item.rule === filter.rule) &&
    (filter.severity === undefined ||
      compareSeverity(item.severity, filter.severity) >= 0);
}

function badCursor(): never {
  throw new RangeError(
    "Cannot read cursor: expected one that a list answered",
  );
}
