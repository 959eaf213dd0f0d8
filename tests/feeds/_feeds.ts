import { assertEquals } from "@std/assert";
import { parseConfig } from "../../lib/settings/config.ts";
import type { FeedContext } from "../../lib/feeds/enforce.ts";
import { addFeed } from "../../lib/feeds/feed_store.ts";
import type { FetchedList } from "../../lib/feeds/fetch_list.ts";
import { confirmFeed } from "../../lib/feeds/decide.ts";
import { type FeedOutcome } from "../../lib/feeds/outcome.ts";
import { refreshFeed } from "../../lib/feeds/refresh.ts";
import { allEntries } from "../../lib/lists/access_read.ts";

/** A clock, a store and lists on the web. */
export interface FeedBench {
  context: FeedContext;
  kv: Deno.Kv;
  clock: { now: number };
  /** The responses by URL: a list, an error's text, or unchanged. */
  web: Record<string, string | Error | "304">;
  /** The number of fetches. */
  fetches: () => number;
  /** Adds a feed and has its first list previewed and applied. */
  add(name: string, list: string): Promise<FeedOutcome>;
  refresh(name: string, list?: string | Error): Promise<FeedOutcome>;
  /** `address author reason` of all blocks. */
  blocked(): Promise<string[]>;
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const ACTOR = { by: "ann", from: "198.51.100.7" };

export function feedBench(
  kv: Deno.Kv,
  more: Partial<FeedContext> = {},
): FeedBench {
  const clock = { now: Date.UTC(2026, 0, 5, 12) };
  const web: FeedBench["web"] = {};
  let fetched = 0;
  const context: FeedContext = {
    kv,
    now: () => clock.now,
    trustedProxies: parseConfig({ TRUSTED_PROXIES: "9.9.9.9" }).trustedProxies,
    privacy: "full",
    protectedIps: () => Promise.resolve(["7.7.7.7"]),
    fetchList(url): Promise<FetchedList> {
      fetched++;
      const answer = web[url] ?? failure("host answered 404: expected 200");
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer === "304") return Promise.resolve({ kind: "unchanged" });
      return Promise.resolve({
        kind: "list",
        body: new TextEncoder().encode(answer),
        etag: null,
        last_modified: null,
      });
    },
    ...more,
  };
  const urlOf = (name: string) => `https://lists.example/${name}`;
  return {
    context,
    kv,
    clock,
    web,
    fetches: () => fetched,
    async add(name, list) {
      await addFeed(context, { name, url: urlOf(name) }, ACTOR);
      web[urlOf(name)] = list;
      const held = await refreshFeed(context, name, ACTOR, { review: true });
      assertEquals(held.kind, "held", held.message);
      return await confirmFeed(context, name, ACTOR);
    },
    refresh(name, list) {
      if (list !== undefined) web[urlOf(name)] = list;
      return refreshFeed(context, name, ACTOR);
    },
    async blocked() {
      const entries = await Array.fromAsync(
        allEntries(kv, "blocked", context.now),
      );
      return entries.map(({ ip_address, created_by, reason }) =>
        `${ip_address} ${created_by} ${reason}`
      );
    },
  };
}

export function failure(message: string): Error {
  return Object.assign(new Error(message), { name: "OutboundError" });
}

/** A list of `n` addresses from 8.0.0.0 on. */
export function addresses(n: number, from = 0): string {
  let text = "";
  for (let i = from; i < from + n; i++) {
    text += `8.${i >> 16}.${i >> 8 & 255}.${i & 255}\n`;
  }
  return text;
}
