import { type FeedContext, wantedOf } from "./enforce.ts";
import type { Feed } from "./feed.ts";
import type { HeldFeed } from "./feed_store.ts";
import type { FeedOutcome } from "./outcome.ts";
import { takeOff } from "./remove.ts";
import { applyStaged } from "./stage.ts";

/** Finishes what another run left unfinished; null if there is nothing. */
export async function resume(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
): Promise<FeedOutcome | null> {
  const started = context.now();
  if (feed.removing) return await takeOff(context, held, feed, true);
  const { staged } = feed;
  if (staged?.state !== "applying") return null;
  const wanted = await wantedOf(context, feed.name, staged.id);
  const { by, from } = staged;
  const actor = { by, from };
  return await applyStaged(context, held, feed, {
    wanted,
    started,
    actor,
    announce: true,
  });
}
