import type { Feed, FeedReport, FeedResult } from "./feed.ts";
import {
  type FeedStore,
  getFeed,
  type HeldFeed,
  withFeed,
} from "./feed_store.ts";
import { noCounts } from "./read_list.ts";

/** The result of an order. */
export interface FeedOutcome {
  kind: FeedResult["kind"] | "removed" | "busy" | "missing";
  /** A sentence. */
  message: string;
  report: FeedReport | null;
  objections: string[];
}

/** An outcome without a report. */
export function outcome(
  kind: FeedOutcome["kind"],
  message: string,
): FeedOutcome {
  return { kind, message, report: null, objections: [] };
}

/** Another process works on the feed. */
export function busy(name: string): FeedOutcome {
  return outcome("busy", `${name} is being refreshed by another process`);
}

/** Runs `work` on a feed under its lease. */
export async function hold<T>(
  context: FeedStore,
  name: string,
  work: (held: HeldFeed, feed: Feed) => Promise<T>,
): Promise<T | FeedOutcome> {
  const done = await withFeed(context, name, async (held) => {
    const feed = await getFeed(context.kv, name);
    return feed
      ? await work(held, feed)
      : outcome("missing", `There is no feed ${name}`);
  });
  return done === "busy" ? busy(name) : done;
}

/** The report of a list that was not read. */
export function emptyReport(entries: number): FeedReport {
  return {
    ...noCounts(),
    found: entries,
    entries,
    changes: {
      added: 0,
      kept: 0,
      renewed: 0,
      gone: 0,
      handed_over: 0,
      others: 0,
    },
    traffic: null,
  };
}
