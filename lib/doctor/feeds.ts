import type { Check } from "./doctor.ts";
import { entriesInForce, type Feed } from "../feeds/feed.ts";
import { listFeeds } from "../feeds/feed_store.ts";
import { HOUR } from "../base/duration.ts";

/** A feed that nobody refreshes is late by more than this, in milliseconds. */
const LATE_MS = HOUR;

/** What the doctor says of feeds; nothing where there are none. */
export async function checkFeeds(kv: Deno.Kv, now: number): Promise<Check[]> {
  const feeds = await listFeeds(kv);
  if (feeds.length === 0) return [];
  const title = "Feeds";
  const bad = feeds.flatMap((feed) => complaint(feed, now) ?? []);
  if (bad.length > 0) {
    const fix = "deno task feeds";
    return [{ level: "warn", title, detail: bad.join(" "), fix }];
  }
  const entries = feeds.reduce(
    (sum, feed) => sum + entriesInForce(feed, now),
    0,
  );
  const lists = feeds.length === 1 ? "1 list" : `${feeds.length} lists`;
  const detail = `${lists} with ${entries.toLocaleString("en")} entries.`;
  return [{ level: "ok", title, detail }];
}

function complaint(feed: Feed, now: number): string | null {
  const { name, staged, last, next_at, failures } = feed;
  if (staged?.state === "waiting") {
    return `A list of ${name} waits for approval.`;
  }
  if (failures > 0) return `${name} cannot be refreshed: ${last?.message}`;
  return next_at !== null && now - next_at > LATE_MS
    ? `${name} is overdue: is a server running?`
    : null;
}
