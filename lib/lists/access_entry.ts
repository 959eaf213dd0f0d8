/** Which of the two lists an entry is on. */
export type ListName = "blocked" | "safe";

/**
 * An address or range that is blocked, or never is.
 *
 * @example
 * ```ts
 * import { type AccessEntry, blockIp } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * const order = { ip: "203.0.113.9", created_by: "ann" };
 * const entry: AccessEntry = (await blockIp(kv, Date.now, order)).entry;
 * assertEquals(entry.expires_at, null);
 * ```
 */
export interface AccessEntry {
  /** Canonical address, or range in CIDR notation. */
  ip_address: string;
  /** Why, in the words of who ordered it; may be empty. */
  reason: string;
  /** Epoch ms. */
  created_at: number;
  /** A user's name, or the job that did it. */
  created_by: string;
  /** Epoch ms; the entry counts before, not at, this time. Null: until it is removed. */
  expires_at: number | null;
}

/** What an entry of the blocklist kept out. */
export interface Hits {
  hits: number;
  /** Epoch ms. */
  last_hit_at: number | null;
}

/** One change of the lists, as it is written for other processes to follow. */
export interface AccessChange {
  /** What the version key held after the change. */
  version: number;
  /** When it was made, epoch ms; changes of before 2026-12 do not say. */
  at?: number;
  /** Set by bulk imports: read the lists again. */
  reload?: true;
  put: { list: ListName; entry: AccessEntry }[];
  removed: { list: ListName; ip_address: string }[];
  /** When the record of it is forgotten, epoch ms; set where it is written. */
  expires_at?: number;
}

/** Whether the entry still counts; KV keeps its row for up to a minute longer. */
export function isLive(
  entry: Pick<AccessEntry, "expires_at">,
  now: number,
): boolean {
  return entry.expires_at === null || now < entry.expires_at;
}

/** Whether a feed blocked it (lib/feeds), which may do so again. */
export function isOfFeed({ created_by }: Pick<AccessEntry, "created_by">) {
  return created_by.startsWith("feed:");
}
