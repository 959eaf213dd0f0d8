import { enforce, type FeedContext } from "./enforce.ts";
import { keepRemoved } from "../store/removed.ts";
import { type Feed, shownUrl } from "./feed.ts";
import type { Actor, HeldFeed } from "./feed_store.ts";
import { type FeedOutcome, hold, outcome } from "./outcome.ts";
import { sweepParts } from "./parts.ts";

/** What is kept of a feed that was removed. */
export type KeptFeed =
  & Pick<Feed, "url" | "every_ms" | "for_ms" | "created_at" | "created_by">
  & Partial<Pick<Feed, "good_at" | "list">>;

/** A list that was imported is kept, as it is nowhere else; others are fetched again. */
function keptOf(feed: Feed): KeptFeed {
  const { url, every_ms, for_ms, created_at, created_by } = feed;
  const kept = { url, every_ms, for_ms, created_at, created_by };
  const { good_at, list } = feed;
  return every_ms === null ? { ...kept, good_at, list } : kept;
}

/**
 * Removes a feed's entries from the blocklist, except those that other feeds list, and deletes the
 * feed.
 */
export function removeFeed(
  context: FeedContext,
  name: string,
  { by, from }: Actor,
): Promise<FeedOutcome> {
  return hold(
    context,
    name,
    (held, feed) => removeHeld(context, held, feed, { by, from }),
  );
}

/** The same of a feed that is held already. */
export async function removeHeld(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  actor: Actor,
): Promise<FeedOutcome> {
  const resumed = feed.removing;
  const next = { ...feed, removing: true };
  if (!resumed) {
    const { name, url } = feed;
    await held.save(next, {
      ...{ ...actor, what: "remove_feed" },
      why: url === null ? "imported" : shownUrl(url),
      reverse: { kind: "restore_feed", name },
      also(atomic) {
        const value = keptOf(feed);
        const now = context.now();
        keepRemoved(atomic, { kind: "feed", id: name, value, now });
      },
    });
  }
  return await takeOff(context, held, next, resumed);
}

/** Removes the remaining entries of a feed that is being removed, and deletes it. */
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
  await sweepParts(context.kv, feed.name, [keptOf(feed).list?.id]);
  await held.save(null);
  const left = changes.handed_over > 0
    ? `, ${changes.handed_over} of them kept by another feed`
    : "";
  return outcome(
    "removed",
    `${feed.name} is removed, with its ${changes.gone} entries${left}.`,
  );
}
