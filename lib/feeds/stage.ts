import { enforce, type FeedContext, wantedOf } from "./enforce.ts";
import type { Feed, StagedList } from "./feed.ts";
import type { Actor, HeldFeed } from "./feed_store.ts";
import { finish } from "./finish.ts";
import type { Ingested } from "./ingest.ts";
import { emptyReport, type FeedOutcome, outcome } from "./outcome.ts";
import { writeParts } from "./parts.ts";
import type { Wanted } from "./read_list.ts";
import { reportSummary } from "./report_text.ts";
import { undoOf } from "./undo.ts";

/** Who refreshes a feed, since when, and whether its list is only staged. */
export interface Run {
  actor: Actor;
  review: boolean;
  started: number;
}

/** Stores a list that was read, and applies it unless it has to be staged. */
export async function stageAndApply(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  { actor, review, started, found, etag, last_modified, before }: Run & {
    found: Ingested;
    etag: string | null;
    last_modified: string | null;
    /** The feed as it was, where that can be gone back to. */
    before?: Feed;
  },
): Promise<FeedOutcome> {
  const { kv, now } = context;
  const { wanted, spared, sha256, report } = found;
  const waits = review || found.objections.length > 0;
  const { objections } = found;
  const known = feed.staged?.state === "waiting" &&
      feed.staged.sha256 === sha256
    ? feed.staged.id
    : null;
  const id = known ?? crypto.randomUUID();
  // Entries left out now are checked again whenever the list is read.
  const all = [...wanted, ...spared];
  if (!known) await writeParts(kv, feed.name, id, all);
  const staged: StagedList = {
    id,
    entries: wanted.size,
    sha256,
    etag,
    last_modified,
    at: now(),
    state: waits ? "waiting" : "applying",
    objections,
    report,
    ...actor,
  };
  const undo = before ? undoOf(before, id) : null;
  const next = { ...feed, staged, undo };
  if (!waits) {
    await held.save(next);
    return await applyStaged(context, held, next, { wanted, started, actor });
  }
  const message = objections.length > 0
    ? `Not applied: ${objections.join(" ")}`
    : `${report.entries} entries wait for approval.`;
  await finish(context, held, next, {
    kind: "held",
    message,
    report,
    started,
    // The same list staged again is not reported.
    actor: known || review ? null : actor,
    what: "hold_feed",
  });
  return { kind: "held", message, report, objections };
}

/** Applies the staged list; if that was begun before, every process reloads the lists. */
export async function applyStaged(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  { wanted, started, actor, announce = false }: {
    wanted: ReadonlyMap<string, Wanted>;
    started: number;
    actor: Actor;
    announce?: boolean;
  },
): Promise<FeedOutcome> {
  const { report, id, entries, sha256, etag, last_modified } = feed.staged!;
  const changes = await enforce(context, held, feed, { wanted, announce });
  const done = announce ? report : { ...report, changes };
  const message = `Applied: ${reportSummary(done)}.`;
  const list = { id, entries, sha256, etag, last_modified };
  // What the schedule applies, it would apply again.
  const undo = feed.undo?.of === id ? feed.undo : null;
  await finish(context, held, { ...feed, list, staged: null, undo }, {
    kind: "applied",
    message,
    report: done,
    started,
    actor,
    what: feed.every_ms === null ? "import_list" : "refresh_feed",
    ...undo
      ? { reverse: { kind: "feed_list", name: feed.name, id: undo.id } }
      : {},
  });
  return { kind: "applied", message, report: done, objections: [] };
}

/**
 * The list is unchanged: missing entries are added again, and those that expire soon are renewed.
 */
export async function unchanged(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  { actor, started }: Run,
): Promise<FeedOutcome> {
  const list = feed.list!;
  const wanted = await wantedOf(context, feed.name, list.id);
  const changes = await enforce(context, held, feed, {
    wanted,
    announce: false,
    begin: () =>
      held.save({
        ...feed,
        staged: {
          ...list,
          at: started,
          state: "applying",
          objections: [],
          report: feed.last?.report ?? emptyReport(list.entries),
          ...actor,
        },
      }),
  });
  const { added, renewed, gone } = changes;
  const did = added + gone + renewed > 0
    ? `: ${added} restored, ${gone} removed, ${renewed} prolonged`
    : "";
  const message = `The list has not changed${did}.`;
  await finish(context, held, feed, {
    kind: "unchanged",
    message,
    report: { ...emptyReport(list.entries), changes },
    started,
    actor: did ? actor : null,
    what: "refresh_feed",
  });
  return outcome("unchanged", message);
}
