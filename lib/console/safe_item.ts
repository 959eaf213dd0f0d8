import type { AccessEntry } from "../lists/access_entry.ts";
import { hostOf, type SafeHost } from "../lists/safe_hosts.ts";

/** An entry of the safelist as the API shows it. */
export interface SafeItem {
  ip_address: string;
  reason: string;
  /** ISO 8601, UTC. */
  created_at: string;
  created_by: string;
  /** ISO 8601, UTC; null: until it is removed. */
  expires_at: string | null;
  /** The name that it stands there for; null where it was put there itself. */
  host: string | null;
}

/** A name on the safelist as the API shows it. */
export interface SafeHostItem extends Omit<SafeItem, "ip_address"> {
  host: string;
  addresses: string[];
  /** When it last had an answer, ISO 8601, UTC. */
  resolved_at: string;
  /** Why the last answer is kept; null where there was one. */
  error: string | null;
}

/** The outside form of an entry. */
export function safeItem(entry: AccessEntry): SafeItem {
  return {
    ip_address: entry.ip_address,
    ...facts(entry),
    host: hostOf(entry),
  };
}

/** The outside form of a name. */
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
