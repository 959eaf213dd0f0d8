import { formatDuration } from "../base/duration.ts";
import {
  entriesInForce,
  type Feed,
  type FeedResult,
  shownUrl,
} from "./feed.ts";

/** A feed as the API and `feeds --json` show it. Times are ISO 8601, UTC. */
export interface FeedItem {
  name: string;
  /** Without its query, which may hold a key; null where it was imported from a file. */
  url: string | null;
  /** Durations such as `1d`; null: never by itself, and until taken off. */
  every: string | null;
  for: string | null;
  created_at: string;
  created_by: string;
  /** How many entries are in force. */
  entries: number;
  /** What became of the last refresh, if there was one. */
  result: FeedResult["kind"] | null;
  message: string | null;
  refreshed_at: string | null;
  /** When a refresh was last in order. */
  good_at: string | null;
  next_at: string | null;
  /** A list that waits to be looked at. */
  waiting: { entries: number; objections: string[] } | null;
}

/** The outside form of a feed. */
export function feedItem(feed: Feed, now: number): FeedItem {
  const { last, staged, url } = feed;
  const iso = (ms: number | null) =>
    ms === null ? null : new Date(ms).toISOString();
  const span = (ms: number | null) => ms === null ? null : formatDuration(ms);
  return {
    name: feed.name,
    url: url === null ? null : shownUrl(url),
    every: span(feed.every_ms),
    for: span(feed.for_ms),
    created_at: iso(feed.created_at)!,
    created_by: feed.created_by,
    entries: entriesInForce(feed, now),
    result: last?.kind ?? null,
    message: last?.message ?? null,
    refreshed_at: iso(last?.at ?? null),
    good_at: iso(feed.good_at),
    next_at: iso(feed.next_at),
    waiting: staged?.state === "waiting"
      ? { entries: staged.entries, objections: staged.objections }
      : null,
  };
}
