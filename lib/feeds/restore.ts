import { keys } from "../store/keys.ts";
import { getRemoved } from "../store/removed.ts";
import type { FeedContext } from "./enforce.ts";
import { confirmFeed } from "./decide.ts";
import { emptyFeed, shownUrl, type StagedList } from "./feed.ts";
import { type Actor, getFeed, putFeed } from "./feed_store.ts";
import { emptyReport } from "./outcome.ts";
import { refreshFeed } from "./refresh.ts";
import type { KeptFeed } from "./remove.ts";
import { timeLeft } from "./undo.ts";

/** Whether a feed that was removed can be put back: it is kept, not over, and its name is free. */
export async function canRestoreFeed(
  { kv, now }: Pick<FeedContext, "kv" | "now">,
  name: string,
): Promise<boolean> {
  if (await getFeed(kv, name) !== null) return false;
  const kept = await getRemoved<KeptFeed>(kv, "feed", name, now());
  return kept !== null && !isOver(kept.value, now());
}

function isOver(
  { every_ms, for_ms, good_at = null }: KeptFeed,
  now: number,
): boolean {
  const left = timeLeft({ for_ms, good_at }, now);
  return every_ms === null && left !== null && left <= 0;
}

/**
 * Puts a feed back that was removed. Its list is fetched and applied at once, unless there are
 * objections: then it is staged. If it cannot be fetched now, it is fetched later. A list that was
 * imported was kept, and ends when it would have.
 *
 * @returns whether there was one to be put back.
 * @throws {Refusal} where there are 50 feeds by now, or one of its name.
 */
export async function restoreFeed(
  context: FeedContext,
  name: string,
  actor: Actor,
): Promise<boolean> {
  const { kv, now } = context;
  const kept = await getRemoved<KeptFeed>(kv, "feed", name, now());
  if (kept === null || isOver(kept.value, now())) return false;
  const { created_by, created_at, url, every_ms, for_ms } = kept.value;
  const { list = null, good_at = null } = kept.value;
  const isImported = every_ms === null;
  const staged: StagedList | null = list && {
    ...{ ...list, ...actor, at: now(), state: "applying", objections: [] },
    report: emptyReport(list.entries),
  };
  const feed = {
    ...emptyFeed(name, created_by, created_at),
    ...{ url, every_ms, staged },
    for_ms: isImported ? timeLeft({ for_ms, good_at }, now()) : for_ms,
    next_at: isImported ? null : now(),
  };
  await putFeed(context, feed, {
    ...actor,
    why: url === null ? "imported" : shownUrl(url),
    also: (atomic) => atomic.delete(keys.removed("feed", name)),
  });
  const { kind, objections } = await refreshFeed(context, name, actor);
  // A first list needs a decision, which the undo is.
  if (kind === "held" && objections.length === 0) {
    await confirmFeed(context, name, actor);
  }
  return true;
}
