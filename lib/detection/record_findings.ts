import { atOnce } from "../base/at_once.ts";
import { checksIn, MAX_CHECKS, WRITES_AT_ONCE } from "../store/checks.ts";
import { compareAndSet } from "../store/retry.ts";
import type { FindingDraft } from "./draft.ts";
import {
  type Finding,
  findingIds,
  isSettled,
  mergeFinding,
} from "./finding.ts";
import { live, put, readFindings, readKnownFindings } from "./finding_index.ts";

/** The result of recording a batch of drafts. */
export interface Recorded {
  /** The findings of the drafts, without those that an admin has resolved. */
  findings: Finding[];
  /** How many were new, or had been resolved before. */
  raised: number;
  /** Those of `findings` that were new, or had been resolved before. */
  news: Finding[];
  /** How many were active already and have changed. */
  updated: number;
  /** How many new findings of severity `info` exceeded `infoRoom`. */
  dropped: number;
}

/** Options of {@linkcode recordFindings}. */
export interface RecordOptions {
  /** Return what would be recorded, but write nothing. */
  dryRun?: boolean;
  /** The findings that a dry run would have recorded so far, by id; updated by each call. */
  drafted?: Map<string, Finding>;
  /**
   * How many new findings of severity `info` may be stored.
   *
   * @default Infinity
   */
  infoRoom?: number;
  /**
   * The ids of the findings stored a moment ago. Only these are read; that the others are still
   * missing is checked when they are written.
   *
   * @default every id may be one
   */
  stored?: ReadonlySet<string>;
  /** Called between commits; see pacer.ts. */
  pace?: () => Promise<void> | void;
}

/**
 * Stores drafts as findings, one per rule and address. Recording the same hour again changes
 * nothing; a finding that an admin resolved is raised again only by requests made after that.
 *
 * @throws {ContentionError} if others keep writing the same findings; recording again counts
 * nothing twice.
 */
export async function recordFindings(
  kv: Deno.Kv,
  drafts: readonly FindingDraft[],
  now: number,
  options: RecordOptions = {},
): Promise<Recorded> {
  const work = byId(drafts);
  const { stored } = options;
  const lists = stored !== undefined && stored.size <= 2 * work.length;
  const room = { info: options.infoRoom ?? Infinity };
  const total = nothing();
  // Frees recorded drafts: ten thousand drafts hold a hundred thousand requests.
  drafts = [];
  // Each finding needs a check. A hostile one takes 9 KB; an atomic takes 800 KiB.
  const perCommit = work.length > MAX_CHECKS && !options.dryRun
    ? await checksIn(kv)
    : MAX_CHECKS;
  const batches = function* () {
    while (work.length > 0) yield work.splice(0, perCommit);
  };
  // While the store writes one batch, others are read and merged.
  await atOnce(batches(), WRITES_AT_ONCE, async (batch) => {
    // After a rejected commit, other writers work on the same findings.
    let expected = stored;
    const part = await compareAndSet(async () => {
      const ids = batch.map(([id]) => id);
      const entries = expected
        ? await readKnownFindings(kv, ids, expected, lists)
        : await readFindings(kv, ids);
      expected = undefined;
      return await recordBatch(kv, batch, entries, now, { ...options, room });
    });
    for (const finding of part.findings) total.findings.push(finding);
    for (const finding of part.news) total.news.push(finding);
    total.raised += part.raised;
    total.updated += part.updated;
    total.dropped += part.dropped;
    await options.pace?.();
  });
  return total;
}

/** Sorted by key, because SQLite then writes twice as fast. */
function byId(drafts: readonly FindingDraft[]): Batch {
  const ids = findingIds(drafts);
  const grouped = new Map<string, FindingDraft[]>();
  for (const [index, draft] of drafts.entries()) {
    const same = grouped.get(ids[index]!);
    if (same) same.push(draft);
    else grouped.set(ids[index]!, [draft]);
  }
  return [...grouped].sort(([a], [b]) => a < b ? -1 : 1);
}

type Batch = [id: string, drafts: FindingDraft[]][];

function nothing(): Recorded {
  return { findings: [], raised: 0, news: [], updated: 0, dropped: 0 };
}

async function recordBatch(
  kv: Deno.Kv,
  batch: Batch,
  entries: readonly Deno.KvEntryMaybe<Finding>[],
  now: number,
  { dryRun = false, drafted, room }: {
    dryRun?: boolean;
    drafted?: Map<string, Finding>;
    /** How many new findings of severity `info` all batches together may still store. */
    room: { info: number };
  },
): Promise<Recorded | undefined> {
  const part = nothing();
  const commit = kv.atomic();
  let changes = 0;
  let infos = 0;
  for (const [index, [id, drafts]] of batch.entries()) {
    const entry = entries[index]!;
    const stored = drafted?.get(id) ?? live(entry.value, now);
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
      if (merged.severity === "info") {
        if (infos >= room.info) {
          part.dropped++;
          continue;
        }
        infos++;
      }
      part.raised++;
      part.news.push(merged);
    }
    part.findings.push(merged);
    drafted?.set(id, merged);
    commit.check(entry);
    put(commit, entry.value, merged, now);
    changes++;
  }
  // Reserved before the commit, as other batches run concurrently; released if the commit fails.
  room.info -= infos;
  if (dryRun || changes === 0) return part;
  let isDone = false;
  try {
    isDone = (await commit.commit()).ok;
  } finally {
    if (!isDone) room.info += infos;
  }
  return isDone ? part : undefined;
}
