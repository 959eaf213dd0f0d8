import { type FeedContext, wantedOf } from "./enforce.ts";
import type { Actor } from "./feed_store.ts";
import { finish } from "./finish.ts";
import { type FeedOutcome, hold, outcome } from "./outcome.ts";
import { resume } from "./resume.ts";
import { applyStaged } from "./stage.ts";
import { undoOf } from "./undo.ts";

/** Applies the staged list. */
export function confirmFeed(
  context: FeedContext,
  name: string,
  actor: Actor,
): Promise<FeedOutcome> {
  return hold(context, name, async (held, feed) => {
    const started = context.now();
    if (feed.staged?.state !== "waiting" || feed.removing) {
      return await resume(context, held, feed) ??
        outcome("failed", `No list of ${name} waits`);
    }
    const wanted = await wantedOf(context, name, feed.staged.id);
    const staged = { ...feed.staged, state: "applying" as const, ...actor };
    const next = { ...feed, staged, undo: undoOf(feed, staged.id) };
    await held.save(next);
    return await applyStaged(context, held, next, { wanted, started, actor });
  });
}

/** Discards the staged list; the list in force stays. */
export function discardStaged(
  context: FeedContext,
  name: string,
  actor: Actor,
): Promise<FeedOutcome> {
  return hold(context, name, async (held, feed) => {
    if (feed.staged?.state !== "waiting") {
      return outcome("failed", `No list of ${name} waits`);
    }
    const message = "The list that waited was discarded.";
    const undo = undoOf(feed, feed.staged.id);
    await finish(context, held, { ...feed, staged: null, undo }, {
      kind: "discarded",
      message,
      report: null,
      started: context.now(),
      actor,
      what: "discard_feed",
      reverse: { kind: "feed_list", name, id: undo.id },
    });
    return outcome("discarded", message);
  });
}
