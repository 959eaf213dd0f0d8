import { enforce, type FeedContext } from "./enforce.ts";
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
    const why = feed.url === null ? "imported" : shownUrl(feed.url);
    if (!resumed) await held.save(next, { by, from, what: "remove_feed", why });
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
