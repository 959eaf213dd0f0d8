import { keys } from "../store/keys.ts";
import { getRemoved } from "../store/removed.ts";
import type { FeedContext } from "./enforce.ts";
import { confirmFeed } from "./decide.ts";
import { emptyFeed, type Feed, shownUrl } from "./feed.ts";
import { type Actor, getFeed, putFeed } from "./feed_store.ts";
import { refreshFeed } from "./refresh.ts";

/** What is kept of a feed that was removed: all but its list, which is fetched again. */
type KeptFeed = Pick<
  Feed,
  "url" | "every_ms" | "for_ms" | "created_at" | "created_by"
>;

/** Whether a feed that was removed can be put back: it is kept, and its name is free. */
export async function canRestoreFeed(
  { kv, now }: Pick<FeedContext, "kv" | "now">,
  name: string,
): Promise<boolean> {
  return await getFeed(kv, name) === null &&
    await getRemoved(kv, "feed", name, now()) !== null;
}

/**
 * Puts a feed back that was removed. Its list is fetched and applied at once, unless something speaks
 * against that: then it waits, as any other. What cannot be fetched now is fetched later.
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
  if (kept === null) return false;
  const { created_by, created_at, ...rest } = kept.value;
  const feed = {
    ...emptyFeed(name, created_by, created_at),
    ...rest,
    next_at: now(),
  };
  await putFeed(context, feed, {
    ...actor,
    why: shownUrl(feed.url!),
    also: (atomic) => atomic.delete(keys.removed("feed", name)),
  });
  const { kind, objections } = await refreshFeed(context, name, actor);
  // A first list waits for somebody's word; who undoes has given it.
  if (kind === "held" && objections.length === 0) {
    await confirmFeed(context, name, actor);
  }
  return true;
}
