import type { Feed } from "../../lib/feeds/feed.ts";

const BADGES = {
  applied: ["good", "applied"],
  unchanged: ["good", "up to date"],
  held: ["warn", "waits for approval"],
  failed: ["bad", "failed"],
  discarded: ["", "discarded"],
} as const;

/** The result of a feed's last refresh, in a word or two. */
export function FeedBadge({ feed }: { feed: Feed }) {
  if (feed.removing) return <span class="badge warn">being removed</span>;
  if (feed.staged?.state === "applying") {
    return <span class="badge warn">being applied</span>;
  }
  if (!feed.last) return <span class="badge">not fetched yet</span>;
  const [kind, text] = BADGES[feed.last.kind];
  return <span class={`badge ${kind}`}>{text}</span>;
}
