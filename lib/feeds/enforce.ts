import type { AccessChange } from "../lists/access_entry.ts";
import type { PrivacyMode } from "../privacy/address_storage.ts";
import { type Cidr, parseCidr } from "../net/cidr.ts";
import { applyRows } from "./apply.ts";
import { diffList, type ListDiff, type ListOwner } from "./diff.ts";
import type { Feed, FeedChanges } from "./feed.ts";
import { type HeldFeed, listFeeds } from "./feed_store.ts";
import type { FetchList } from "./fetch_list.ts";
import { readParts } from "./parts.ts";
import type { Screen, Wanted } from "./read_list.ts";
import { createScreen, safeRanges } from "./screen.ts";

/** What feeds run on. */
export interface FeedContext {
  kv: Deno.Kv;
  now: () => number;
  fetchList: FetchList;
  trustedProxies: readonly Cidr[];
  privacy: PrivacyMode;
  /** Addresses that no list may block, besides proxies and the safelist. */
  protectedIps: () => Promise<Iterable<string>>;
  /** Called with changes, so that this process applies them at once. */
  applyLocal?: (changes: readonly AccessChange[]) => void;
  onProgress?: (done: number, of: number) => void;
}

/** The test of what lists may block, as things are now. */
export async function screenNow(context: FeedContext): Promise<Screen> {
  const [protectedIps, safelist] = await Promise.all([
    context.protectedIps(),
    safeRanges(context.kv, context.now()),
  ]);
  return createScreen({ ...context, protectedIps, safelist });
}

/** A stored list without the entries that must not be blocked now. */
export async function wantedOf(
  context: FeedContext,
  name: string,
  id: string,
): Promise<Map<string, Wanted>> {
  const screen = await screenNow(context);
  const wanted = new Map<string, Wanted>();
  const at = context.now();
  for await (const [cidr, want] of readParts(context.kv, name, id)) {
    const isOver = want.expires_at !== null && want.expires_at <= at;
    if (!isOver && !screen(parseCidr(cidr))) wanted.set(cidr, want);
  }
  return wanted;
}

/**
 * Makes the blocklist contain exactly the entries that a feed lists.
 *
 * @param begin Called before the first write, if there is any.
 * @param announce See `applyRows`.
 */
export async function enforce(
  context: FeedContext,
  held: HeldFeed,
  feed: Feed,
  { wanted, announce, begin }: {
    wanted: ReadonlyMap<string, Wanted>;
    announce: boolean;
    begin?: () => Promise<void>;
  },
): Promise<FeedChanges> {
  const { kv, now } = context;
  const diff = await diffList(kv, now(), feed, wanted);
  const listedElsewhere = await otherFeedsListing(context, feed, diff);
  if (diff.rows.length > 0) await begin?.();
  if (diff.rows.length > 0 || announce) {
    const made = await applyRows(diff.rows, {
      kv,
      now,
      owner: feed,
      wanted,
      listedElsewhere,
      stamps: diff.stamps,
      announce,
      checkIn: held.checkIn,
      onProgress: context.onProgress,
    });
    context.applyLocal?.(made);
  }
  return { ...diff.changes, handed_over: listedElsewhere.size };
}

/** The entries removed by this feed that other feeds still list. */
export async function otherFeedsListing(
  { kv, now }: Pick<FeedContext, "kv" | "now">,
  { name }: Pick<Feed, "name">,
  { rows }: ListDiff,
): Promise<Map<string, { owner: ListOwner; want: Wanted }>> {
  const listedElsewhere = new Map<string, { owner: ListOwner; want: Wanted }>();
  const gone = new Set(
    rows.filter(({ change }) => change === "remove").map(({ ip }) => ip),
  );
  if (gone.size === 0) return listedElsewhere;
  const at = now();
  for (const owner of await listFeeds(kv)) {
    if (owner.name === name || owner.removing || !owner.list) continue;
    const parts = readParts(kv, owner.name, owner.list.id);
    for await (const [cidr, want] of parts) {
      const isOver = want.expires_at !== null && want.expires_at <= at;
      if (isOver || listedElsewhere.has(cidr) || !gone.has(cidr)) continue;
      listedElsewhere.set(cidr, { owner, want });
    }
  }
  return listedElsewhere;
}
