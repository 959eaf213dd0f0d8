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
  /** The reason that the author gave; may be empty. */
  reason: string;
  /** Epoch ms. */
  created_at: number;
  /** A user's name, or the job that did it. */
  created_by: string;
  /** Epoch ms; the entry is live before, not at, this time. Null: it does not expire. */
  expires_at: number | null;
}

/** Requests that a blocklist entry has refused. */
export interface Hits {
  hits: number;
  /** Epoch ms. */
  last_hit_at: number | null;
}

/** A change of the lists, stored for other processes to follow. */
export interface AccessChange {
  /** The value of the version key after the change. */
  version: number;
  /** Epoch ms; missing in changes from before 2026-12. */
  at?: number;
  /** Set by bulk imports: read the lists again. */
  reload?: true;
  put: { list: ListName; entry: AccessEntry }[];
  removed: { list: ListName; ip_address: string }[];
  /** When its record expires, epoch ms; set when it is stored. */
  expires_at?: number;
}

/** Whether the entry is live; KV keeps its row for up to a minute longer. */
export function isLive(
  entry: Pick<AccessEntry, "expires_at">,
  now: number,
): boolean {
  return entry.expires_at === null || now < entry.expires_at;
}

/** Whether a feed added it (lib/feeds), which may do so again. */
export function isOfFeed({ created_by }: Pick<AccessEntry, "created_by">) {
  return created_by.startsWith("feed:");
}
