/**
 * What is done with feeds: fetched and applied, confirmed, removed. Each runs in one process at a
 * time, and what broke off in the middle goes on with the next run.
 *
 * @module
 */
import { enforce, type FeedKit, wantedOf } from "./enforce.ts";
import {
  emptyFeed,
  type Feed,
  feedName,
  type FeedReport,
  type FeedResult,
  shownUrl,
  type StagedList,
} from "./feed.ts";
import {
  type Actor,
  getFeed,
  type HeldFeed,
  listFeeds,
  withFeed,
} from "./feed_store.ts";
import { ingest, type Ingested } from "./ingest.ts";
import { sweepParts, writeParts } from "./parts.ts";
import type { Wanted } from "./read_list.ts";
import { reportSummary } from "./report_text.ts";

/** What became of an order. */
export interface FeedOutcome {
  kind: FeedResult["kind"] | "removed" | "busy" | "missing";
  /** A sentence. */
  message: string;
  report: FeedReport | null;
  objections: string[];
}

/** The author of what the schedule does. */
export const SCHEDULE: Actor = { by: "auto:feeds", from: null };

const RETRY_MS = 10 * 60_000;
const MAX_RETRY_MS = 6 * 3_600_000;

/**
 * Fetches a feed and applies its list, unless something speaks against that: then the list waits for
 * {@linkcode confirmFeed}. What fails leaves the entries in force as they are.
 *
 * @param review Let the list wait in any case.
 */
export function refreshFeed(
  kit: FeedKit,
  name: string,
  actor: Actor,
  { review = false }: { review?: boolean } = {},
): Promise<FeedOutcome> {
  return hold(kit, name, async (held, feed) => {
    const resumed = await resume(kit, held, feed);
    if (resumed) return resumed;
    if (feed.url === null || feed.every_ms === null) {
      return outcome(
        "failed",
        `${name} was imported, and is not fetched from anywhere`,
      );
    }
    const started = kit.now();
    try {
      return await fetchAndApply(kit, held, feed, { actor, review, started });
    } catch (error) {
      if (!isExpected(error)) throw error;
      return await failed(kit, held, feed, { actor, error, started });
    }
  });
}

interface Run {
  actor: Actor;
  review: boolean;
  started: number;
}

async function fetchAndApply(
  kit: FeedKit,
  held: HeldFeed,
  feed: Feed,
  run: Run,
): Promise<FeedOutcome> {
  const fetched = await kit.fetchList(feed.url!, feed.list);
  await held.checkIn();
  if (fetched.kind === "unchanged") {
    if (!feed.list) throw new FeedError("It answered 304 without being asked");
    return await unchanged(kit, held, feed, run);
  }
  const { etag, last_modified, body } = fetched;
  const found = await ingest(kit, feed, asStream(body), held.checkIn);
  if (found.sha256 === feed.list?.sha256) {
    const list = { ...feed.list, etag, last_modified };
    return await unchanged(kit, held, { ...feed, list }, run);
  }
  return await stageAndApply(kit, held, feed, {
    ...run,
    // The first list is looked at by a person, however it comes.
    review: run.review || feed.list === null,
    found,
    etag,
    last_modified,
  });
}

/** The list is as it was: entries that are missing come back, and those that end soon are prolonged. */
async function unchanged(
  kit: FeedKit,
  held: HeldFeed,
  feed: Feed,
  { actor, started }: Run,
): Promise<FeedOutcome> {
  const list = feed.list!;
  const wanted = await wantedOf(kit, feed.name, list.id);
  const changes = await enforce(kit, held, feed, {
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
    ? `: ${added} put back, ${gone} taken off, ${renewed} prolonged`
    : "";
  const message = `The list has not changed${did}.`;
  await finish(kit, held, feed, {
    kind: "unchanged",
    message,
    report: { ...emptyReport(list.entries), changes },
    started,
    actor: did ? actor : null,
    what: "refresh_feed",
  });
  return outcome("unchanged", message);
}

async function stageAndApply(
  kit: FeedKit,
  held: HeldFeed,
  feed: Feed,
  { actor, review, started, found, etag, last_modified }: Run & {
    found: Ingested;
    etag: string | null;
    last_modified: string | null;
  },
): Promise<FeedOutcome> {
  const { kv, now } = kit;
  const { wanted, sha256, report } = found;
  const waits = review || found.objections.length > 0;
  const { objections } = found;
  const known = feed.staged?.state === "waiting" &&
      feed.staged.sha256 === sha256
    ? feed.staged.id
    : null;
  const id = known ?? crypto.randomUUID();
  if (!known) await writeParts(kv, feed.name, id, wanted);
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
  const next = { ...feed, staged };
  if (!waits) {
    await held.save(next);
    return await applyStaged(kit, held, next, { wanted, started, actor });
  }
  const message = objections.length > 0
    ? `Not applied: ${objections.join(" ")}`
    : `${report.entries} entries wait for you to look at them.`;
  await finish(kit, held, next, {
    kind: "held",
    message,
    report,
    started,
    // The same list, held again, is no news.
    actor: known || review ? null : actor,
    what: "hold_feed",
  });
  return { kind: "held", message, report, objections };
}

/** Puts the staged list in force; where it was begun before, everybody reads the lists again. */
async function applyStaged(
  kit: FeedKit,
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
  const changes = await enforce(kit, held, feed, { wanted, announce });
  const done = announce ? report : { ...report, changes };
  const message = `Applied: ${reportSummary(done)}.`;
  const list = { id, entries, sha256, etag, last_modified };
  await finish(kit, held, { ...feed, list, staged: null }, {
    kind: "applied",
    message,
    report: done,
    started,
    actor,
    what: feed.every_ms === null ? "import_list" : "refresh_feed",
  });
  return { kind: "applied", message, report: done, objections: [] };
}

/** Ends what another run left half done; null where nothing is. */
async function resume(
  kit: FeedKit,
  held: HeldFeed,
  feed: Feed,
): Promise<FeedOutcome | null> {
  const started = kit.now();
  if (feed.removing) return await takeOff(kit, held, feed, true);
  const { staged } = feed;
  if (staged?.state !== "applying") return null;
  const wanted = await wantedOf(kit, feed.name, staged.id);
  const { by, from } = staged;
  const actor = { by, from };
  return await applyStaged(kit, held, feed, {
    wanted,
    started,
    actor,
    announce: true,
  });
}

/** Applies the list that waits. */
export function confirmFeed(
  kit: FeedKit,
  name: string,
  actor: Actor,
): Promise<FeedOutcome> {
  return hold(kit, name, async (held, feed) => {
    const started = kit.now();
    if (feed.staged?.state !== "waiting" || feed.removing) {
      return await resume(kit, held, feed) ??
        outcome("failed", `No list of ${name} waits`);
    }
    const wanted = await wantedOf(kit, name, feed.staged.id);
    const staged = { ...feed.staged, state: "applying" as const, ...actor };
    const next = { ...feed, staged };
    await held.save(next);
    return await applyStaged(kit, held, next, { wanted, started, actor });
  });
}

/** Forgets the list that waits; what is in force stays. */
export function discardStaged(
  kit: FeedKit,
  name: string,
  actor: Actor,
): Promise<FeedOutcome> {
  return hold(kit, name, async (held, feed) => {
    if (feed.staged?.state !== "waiting") {
      return outcome("failed", `No list of ${name} waits`);
    }
    const message = "The list that waited was discarded.";
    await finish(kit, held, { ...feed, staged: null }, {
      kind: "discarded",
      message,
      report: null,
      started: kit.now(),
      actor,
      what: "discard_feed",
    });
    return outcome("discarded", message);
  });
}

/** Takes all entries of a feed off the blocklist, but for those that others hold, and deletes it. */
export function removeFeed(
  kit: FeedKit,
  name: string,
  { by, from }: Actor,
): Promise<FeedOutcome> {
  return hold(kit, name, async (held, feed) => {
    const resumed = feed.removing;
    const next = { ...feed, removing: true };
    const why = feed.url === null ? "imported" : shownUrl(feed.url);
    if (!resumed) await held.save(next, { by, from, what: "remove_feed", why });
    return await takeOff(kit, held, next, resumed);
  });
}

async function takeOff(
  kit: FeedKit,
  held: HeldFeed,
  feed: Feed,
  announce: boolean,
): Promise<FeedOutcome> {
  const changes = await enforce(kit, held, feed, {
    wanted: new Map(),
    announce,
  });
  await sweepParts(kit.kv, feed.name, []);
  await held.save(null);
  const left = changes.handed_over > 0
    ? `, ${changes.handed_over} of them kept by another feed`
    : "";
  return outcome(
    "removed",
    `${feed.name} is removed, with its ${changes.gone} entries${left}.`,
  );
}

/** A list from a file, or one that is fetched only once. */
export interface ListImport {
  name: string;
  /** Where it came from; null for a file. */
  url: string | null;
  stream: AsyncIterable<Uint8Array>;
  for_ms: number | null;
  /** Only tell what it would do. */
  dryRun: boolean;
  /** Apply it whatever speaks against it. */
  sure: boolean;
}

/**
 * Makes the entries of a source those of a list. It is the same with a list that is imported again:
 * what is not in it any more is taken off.
 *
 * @throws {RangeError} for a name that cannot be, or is that of a feed with a schedule.
 * @throws {ListError} for what is no list.
 */
export async function importList(
  kit: FeedKit,
  order: ListImport,
  actor: Actor,
): Promise<FeedOutcome> {
  const { kv, now } = kit;
  const name = feedName(order.name);
  const { url, for_ms } = order;
  const feedOf = (known: Feed | null): Feed => {
    if (known && (known.every_ms !== null || known.removing)) {
      throw new RangeError(
        `Cannot import ${name}: expected another name, as it is a feed's`,
      );
    }
    return { ...known ?? emptyFeed(name, actor.by, now()), url, for_ms };
  };
  if (order.dryRun) {
    const feed = feedOf(await getFeed(kv, name));
    const { report, objections } = await ingest(kit, feed, order.stream);
    return {
      kind: objections.length > 0 ? "held" : "applied",
      message: `Would do: ${reportSummary(report)}.`,
      report,
      objections,
    };
  }
  const done = await withFeed(kit, name, async (held) => {
    const known = await getFeed(kv, name);
    const resumed = known && await resume(kit, held, known);
    const feed = feedOf(resumed ? await getFeed(kv, name) : known);
    const started = now();
    const found = await ingest(kit, feed, order.stream, held.checkIn);
    const { report, objections } = found;
    if (objections.length > 0 && !order.sure) {
      const message = `Not imported: ${objections.join(" ")}`;
      return { kind: "held" as const, message, report, objections };
    }
    return await stageAndApply(kit, held, feed, {
      actor,
      review: false,
      started,
      found: { ...found, objections: [] },
      etag: null,
      last_modified: null,
    });
  });
  return done === "busy" ? busy(name) : done;
}

/** Refreshes what is due, and ends what broke off; for a job that runs often. */
export async function refreshDue(
  kit: FeedKit,
): Promise<{ name: string; outcome: FeedOutcome }[]> {
  const done: { name: string; outcome: FeedOutcome }[] = [];
  for (const { name, removing, staged, next_at } of await listFeeds(kit.kv)) {
    const isHalf = removing || staged?.state === "applying";
    if (!isHalf && (next_at === null || next_at > kit.now())) continue;
    done.push({ name, outcome: await refreshFeed(kit, name, SCHEDULE) });
  }
  return done;
}

/** What went wrong outside: a refresh that failed, not a fault of ours. */
export class FeedError extends Error {
  override name = "FeedError";
}

function isExpected(error: unknown): error is Error {
  return error instanceof Error &&
    ["FeedError", "ListError", "OutboundError"].includes(error.name);
}

async function failed(
  kit: FeedKit,
  held: HeldFeed,
  feed: Feed,
  { actor, error, started }: { actor: Actor; error: Error; started: number },
): Promise<FeedOutcome> {
  const message = `${error.message.replace(/\.$/, "")}.`;
  await finish(kit, held, feed, {
    kind: "failed",
    message,
    report: null,
    started,
    actor,
    what: "feed_failed",
  });
  return outcome("failed", message);
}

/** Stores what became of a run, and when the next one is due. */
async function finish(
  { kv, now }: FeedKit,
  held: HeldFeed,
  feed: Feed,
  { kind, message, report, started, actor, what }:
    & Pick<FeedResult, "kind" | "message" | "report">
    & {
      started: number;
      /** Null: nothing for the audit trail. */
      actor: Actor | null;
      what: string;
    },
): Promise<void> {
  const at = now();
  const isBad = kind === "failed";
  const isGood = kind === "applied" || kind === "unchanged";
  const failures = isBad ? feed.failures + 1 : isGood ? 0 : feed.failures;
  // What broke off before it was in force has waited for nothing.
  const staged = isGood ? null : feed.staged;
  const next: Feed = {
    ...feed,
    staged,
    last: { at, took_ms: at - started, kind, message, report },
    good_at: isGood ? at : feed.good_at,
    failures,
    next_at: feed.every_ms === null
      ? null
      : kind === "discarded"
      ? feed.next_at
      : at + (isBad ? retryIn(failures, feed.every_ms) : feed.every_ms),
  };
  await held.save(next, actor ? { ...actor, what, why: message } : undefined);
  await sweepParts(kv, feed.name, [next.list?.id, next.staged?.id]);
}

function retryIn(failures: number, every: number): number {
  const wait = RETRY_MS * 2 ** Math.min(failures - 1, 10);
  return Math.min(wait, every, MAX_RETRY_MS);
}

async function hold(
  kit: FeedKit,
  name: string,
  work: (held: HeldFeed, feed: Feed) => Promise<FeedOutcome>,
): Promise<FeedOutcome> {
  const done = await withFeed(kit, name, async (held) => {
    const feed = await getFeed(kit.kv, name);
    return feed
      ? await work(held, feed)
      : outcome("missing", `There is no feed ${name}`);
  });
  return done === "busy" ? busy(name) : done;
}

function busy(name: string): FeedOutcome {
  return outcome("busy", `${name} is being refreshed by somebody else`);
}

function outcome(kind: FeedOutcome["kind"], message: string): FeedOutcome {
  return { kind, message, report: null, objections: [] };
}

function emptyReport(entries: number): FeedReport {
  return {
    bytes: 0,
    lines: 0,
    damaged: 0,
    damaged_samples: [],
    skipped: {},
    skipped_samples: [],
    declared: null,
    found: entries,
    coverage: { 4: 0, 6: 0 },
    entries,
    changes: {
      added: 0,
      kept: 0,
      renewed: 0,
      gone: 0,
      handed_over: 0,
      others: 0,
    },
    traffic: null,
  };
}

async function* asStream(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < body.length; i += 65_536) {
    yield body.subarray(i, i + 65_536);
  }
}
