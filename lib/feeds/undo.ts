import { enforce, type FeedContext, wantedOf } from "./enforce.ts";
import type { Feed, FeedUndo } from "./feed.ts";
import type { Actor, HeldFeed } from "./feed_store.ts";
import { keptParts } from "./finish.ts";
import { type FeedOutcome, hold, outcome } from "./outcome.ts";
import { sweepParts } from "./parts.ts";
import type { Wanted } from "./read_list.ts";
import { removeHeld } from "./remove.ts";

/** What a decision about a feed's list is taken back to; `of` is the list's id. */
export function undoOf(feed: Feed, of: string): FeedUndo {
  const { url, for_ms, list, good_at } = feed;
  const staged = feed.staged?.state === "waiting" ? feed.staged : null;
  return { id: crypto.randomUUID(), of, url, for_ms, list, good_at, staged };
}

/** Whether a decision is the last about its feed's list, so that it can be undone. */
export function canUndoDecision(feed: Feed | null, id: string): boolean {
  return feed !== null && !feed.removing && feed.staged === null &&
    feed.undo?.id === id;
}

/**
 * Takes back that a list was applied, discarded or imported: what was in force before is so again,
 * and what waited waits. A first list that was imported is removed.
 */
export function undoDecision(
  context: FeedContext,
  { name, id, why }: { name: string; id: string; why: string },
  actor: Actor,
): Promise<FeedOutcome> {
  return hold(context, name, async (held, feed) => {
    if (!canUndoDecision(feed, id)) {
      return outcome("failed", `Something else was done to ${name} since`);
    }
    const undo = feed.undo!;
    if (undo.list === null && undo.staged === null) {
      return await removeHeld(context, held, feed, actor);
    }
    return await goBack(context, held, { feed, undo, why, actor });
  });
}

async function goBack(
  context: FeedContext,
  held: HeldFeed,
  { feed, undo, why, actor }: {
    feed: Feed;
    undo: FeedUndo;
    why: string;
    actor: Actor;
  },
): Promise<FeedOutcome> {
  const { url, list, staged, good_at } = undo;
  const at = context.now();
  const for_ms = feed.every_ms === null ? timeLeft(undo, at) : undo.for_ms;
  const before: Feed = { ...feed, url, for_ms, list, staged, good_at };
  if (list?.id !== feed.list?.id) {
    const isOver = for_ms !== null && for_ms <= 0;
    const wanted = list === null || isOver
      ? new Map<string, Wanted>()
      : await wantedOf(context, feed.name, list.id);
    // An undo that broke off and is tried again has to be told of as a whole.
    await enforce(context, held, before, { wanted, announce: true });
  }
  const message = staged
    ? "Undone: the list waits for approval again."
    : "Undone: the list before is in force again.";
  const next: Feed = {
    ...before,
    undo: null,
    last: {
      ...{ at, took_ms: context.now() - at, message },
      kind: staged ? "held" : "applied",
      report: staged?.report ?? null,
    },
  };
  await held.save(next, { ...actor, what: "undo_feed", why });
  await sweepParts(context.kv, feed.name, keptParts(next));
  return outcome(next.last!.kind, message);
}

/** How long an imported list still counts: its time runs from when it was imported. */
export function timeLeft(
  { for_ms, good_at }: Pick<Feed, "for_ms" | "good_at">,
  now: number,
): number | null {
  return for_ms === null ? null : (good_at ?? now) + for_ms - now;
}
