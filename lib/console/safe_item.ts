import type { AccessEntry } from "../lists/access_entry.ts";
import { hostOf, type SafeHost } from "../lists/safe_hosts.ts";

/** An entry of the safelist as in the API. */
export interface SafeItem {
  ip_address: string;
  reason: string;
  /** ISO 8601, UTC. */
  created_at: string;
  created_by: string;
  /** ISO 8601, UTC; null: until it is removed. */
  expires_at: string | null;
  /** The host name that it was added for; null if it was added itself. */
  host: string | null;
}

/** A host name on the safelist as in the API. */
export interface SafeHostItem extends Omit<SafeItem, "ip_address"> {
  host: string;
  addresses: string[];
  /** The time of its last answer, ISO 8601, UTC. */
  resolved_at: string;
  /** Why an older answer is used; null if it is current. */
  error: string | null;
}

/** Converts an entry for the API. */
export function safeItem(entry: AccessEntry): SafeItem {
  return {
    ip_address: entry.ip_address,
    ...facts(entry),
    host: hostOf(entry),
  };
}

/** Converts a host name for the API. */
export function safeHostItem(host: SafeHost): SafeHostItem {
  return {
    host: host.host,
    addresses: host.addresses,
    resolved_at: iso(host.resolved_at)!,
    error: host.error,
    ...facts(host),
  };
}

function facts(
  { reason, created_at, created_by, expires_at }: Pick<
    AccessEntry,
    "reason" | "created_at" | "created_by" | "expires_at"
  >,
) {
  return {
    reason,
    created_at: iso(created_at)!,
    created_by,
    expires_at: iso(expires_at),
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
