import { messageOf } from "../base/error_words.ts";
import { DAY } from "../base/duration.ts";
import { keys } from "../store/keys.ts";
import { CRAWLERS } from "./claim.ts";
import {
  type CrawlerRanges,
  type PublishedRanges,
  readPublished,
} from "./crawler_ranges.ts";

/** Options of {@linkcode refreshRanges}. */
export interface RefreshOptions {
  kv: Deno.Kv;
  now: () => number;
  ranges: CrawlerRanges;
  /** Fetches a list from one of the fixed URLs. */
  fetch: (url: string) => Promise<string>;
}

/** The result for a list. */
export interface Refreshed {
  crawler: string;
  /** How many ranges were applied, or why none were. */
  outcome: number | string;
}

/**
 * Fetches the published ranges of crawlers that are a day old, from the URLs in this release. If a
 * list cannot be fetched or used, the known ranges stay.
 */
export async function refreshRanges(
  { kv, now, ranges, fetch }: RefreshOptions,
): Promise<Refreshed[]> {
  const done: Refreshed[] = [];
  for (const crawler of CRAWLERS) {
    if (crawler.list === null) continue;
    const key = keys.crawlerRanges(crawler.name);
    const { value } = await kv.get<PublishedRanges>(key);
    if (value !== null && value.fetched_at > now() - DAY) {
      ranges.use(crawler, value);
      continue;
    }
    try {
      const found = {
        ranges: readPublished(await fetch(crawler.list)),
        fetched_at: now(),
      };
      await kv.set(key, found);
      ranges.use(crawler, found);
      done.push({ crawler: crawler.name, outcome: found.ranges.length });
    } catch (error) {
      const outcome = messageOf(error);
      done.push({ crawler: crawler.name, outcome });
    }
  }
  return done;
}
