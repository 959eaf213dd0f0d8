import type { FeedContext } from "./enforce.ts";
import type { Feed } from "./feed.ts";
import { type Actor, type HeldFeed, listFeeds } from "./feed_store.ts";
import { failed, FeedError, isExpected } from "./finish.ts";
import { ingest } from "./ingest.ts";
import { type FeedOutcome, hold, outcome } from "./outcome.ts";
import { resume } from "./resume.ts";
import { type Run, stageAndApply, unchanged } from "./stage.ts";

/** The author of what the schedule does. */
const SCHEDULE: Actor = { by: "auto:feeds", from: null };

/**
 * Fetches a feed and applies its list; if there are objections, the list is staged for {@linkcode
 * confirmFeed}. A failure leaves the entries in force unchanged.
 *
 * @param review Stage the list in any case.
 */
export function refreshFeed(
  context: FeedContext,
  name: string,
  actor: Actor,
  options: { review?: boolean } = {},
): Promise<FeedOutcome> {
  return hold(
    context,
    name,
    (held, feed) => refreshHeld(context, held, feed, actor, options),
  );
}

/** Refreshes due feeds, and finishes interrupted work; for a job that runs often. */
export async function refreshDue(
  context: FeedContext,
): Promise<{ name: string; outcome: FeedOutcome }[]> {
  const done: { name: string; outcome: FeedOutcome }[] = [];
  for (const seen of await listFeeds(context.kv)) {
    const { name } = seen;
    if (!isDue(seen, context.now())) continue;
    const outcome = await hold(context, name, async (held, feed) =>
      // The previous holder of the lease may have done it.
      isDue(feed, context.now())
        ? await refreshHeld(context, held, feed, SCHEDULE)
        : null);
    if (outcome) done.push({ name, outcome });
  }
  return done;
}

/** Whether it is due, or was left unfinished. */
function isDue({ removing, staged, next_at }: Feed, now: number): boolean {
  if (removing || staged?.state === "applying") return true;
  return next_at !== null && next_at <= now;
}

async function refreshHeld(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  actor: Actor,
  { review = false }: { review?: boolean } = {},
): Promise<FeedOutcome> {
  const resumed = await resume(context, held, feed);
  if (resumed) return resumed;
  if (feed.url === null || feed.every_ms === null) {
    return outcome(
      "failed",
      `${feed.name} was imported, and has no URL to fetch`,
    );
  }
  const started = context.now();
  try {
    return await fetchAndApply(context, held, feed, { actor, review, started });
  } catch (error) {
    if (!isExpected(error)) throw error;
    return await failed(context, held, feed, { actor, error, started });
  }
}

async function fetchAndApply(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  run: Run,
): Promise<FeedOutcome> {
  const fetched = await context.fetchList(feed.url!, feed.list);
  await held.checkIn();
  if (fetched.kind === "unchanged") {
    if (!feed.list) {
      throw new FeedError("It answered 304 to an unconditional request");
    }
    return await unchanged(context, held, feed, run);
  }
  const { etag, last_modified, body } = fetched;
  const found = await ingest(context, feed, asStream(body), held.checkIn);
  if (found.sha256 === feed.list?.sha256) {
    const list = { ...feed.list, etag, last_modified };
    return await unchanged(context, held, { ...feed, list }, run);
  }
  return await stageAndApply(context, held, feed, {
    ...run,
    // The first list always needs a person's decision.
    review: run.review || feed.list === null,
    found,
    etag,
    last_modified,
  });
}

async function* asStream(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < body.length; i += 65_536) {
    yield body.subarray(i, i + 65_536);
  }
}
