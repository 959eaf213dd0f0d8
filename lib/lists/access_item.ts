import type { ListedEntry } from "./access_read.ts";

/** A blocklist entry in the API, exports and `list-blocked --json`. */
export interface BlockedItem {
  ip_address: string;
  reason: string;
  /** ISO 8601, UTC. */
  created_at: string;
  created_by: string;
  /** ISO 8601, UTC; null: it does not expire. */
  expires_at: string | null;
  hits: number;
  /** ISO 8601, UTC. */
  last_hit_at: string | null;
}

/** The public form of a blocklist entry. */
export function blockedItem(entry: ListedEntry): BlockedItem {
  return {
    ip_address: entry.ip_address,
    reason: entry.reason,
    created_at: iso(entry.created_at)!,
    created_by: entry.created_by,
    expires_at: iso(entry.expires_at),
    hits: entry.hits,
    last_hit_at: iso(entry.last_hit_at),
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
