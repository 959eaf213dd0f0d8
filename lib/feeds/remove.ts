import { enforce, type FeedContext } from "./enforce.ts";
import { keepRemoved } from "../store/removed.ts";
import { type Feed, shownUrl } from "./feed.ts";
import type { Actor, HeldFeed } from "./feed_store.ts";
import { type FeedOutcome, hold, outcome } from "./outcome.ts";
import { sweepParts } from "./parts.ts";

/** Takes all entries of a feed off the blocklist, but for those that others hold, and deletes it. */
export function removeFeed(
  context: FeedContext,
  name: string,
  { by, from }: Actor,
): Promise<FeedOutcome> {
  return hold(context, name, async (held, feed) => {
    const resumed = feed.removing;
    const next = { ...feed, removing: true };
    if (!resumed) {
      const { url, every_ms, for_ms, created_at, created_by } = feed;
      // The entries of an imported list are nowhere else.
      const isImported = url === null;
      await held.save(next, {
        ...{ by, from, what: "remove_feed" },
        why: isImported ? "imported" : shownUrl(url),
        reverse: isImported ? undefined : { kind: "restore_feed", name },
        also: (atomic) => {
          if (isImported) return;
          const value = { url, every_ms, for_ms, created_at, created_by };
          const now = context.now();
          keepRemoved(atomic, { kind: "feed", id: name, value, now });
        },
      });
    }
    return await takeOff(context, held, next, resumed);
  });
}

/** Takes off all entries of a feed that is being removed, and deletes it. */
export async function takeOff(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  announce: boolean,
): Promise<FeedOutcome> {
  const changes = await enforce(context, held, feed, {
    wanted: new Map(),
    announce,
  });
  await sweepParts(context.kv, feed.name, []);
  await held.save(null);
  const left = changes.handed_over > 0
    ? `, ${changes.handed_over} of them kept by another feed`
    : "";
  return outcome(
    "removed",
    `${feed.name} is removed, with its ${changes.gone} entries${left}.`,
  );
}
