import { auditEntry, putAudit, type Reversal } from "../store/audit.ts";
import type { AccessOrder } from "./access_commit.ts";
import type { AccessEntry } from "./access_entry.ts";
import { type Cidr, formatCidr, parseCidr } from "../net/cidr.ts";
import { safeHostName } from "./safe_hosts.ts";

/** The manual changes of the lists. */
export type ListAction =
  | "block"
  | "confirm_block"
  | "unblock"
  | "allow"
  | "disallow";

/** Who makes a change, to which address, from where and why. */
export interface ListActionRecord {
  who: string;
  /** The address that the order was sent from; null for a command. */
  from: string | null;
  /** An address, a range or, for the safelist, a host name, in any spelling. */
  ip: string | Cidr;
  why?: string;
}

/** Adds the change to the audit trail, in the same write (`AccessOrder.also`), with its undo. */
export function audited(
  what: ListAction,
  { who, from, ip, why = "" }: ListActionRecord,
  now: () => number,
): NonNullable<AccessOrder["also"]> {
  return (atomic, entry, before) => {
    const host = typeof ip === "string" ? safeHostName(ip) : null;
    const target = host ??
      formatCidr(typeof ip === "string" ? parseCidr(ip) : ip);
    const reverse = host === null && entry
      ? reversalOf(what, entry, before ?? null)
      : undefined;
    putAudit(
      atomic,
      auditEntry({ who, what, target, from, why, reverse }, now()),
    );
  };
}

/** The undo of an action; `entry` was added or removed, `before` is the entry it replaced. */
function reversalOf(
  what: ListAction,
  entry: AccessEntry,
  before: AccessEntry | null,
): Reversal {
  const list = what === "allow" || what === "disallow" ? "safe" : "blocked";
  const isRemoval = what === "unblock" || what === "disallow";
  const back = isRemoval ? entry : before;
  if (back === null) {
    const { ip_address, created_at } = entry;
    return { kind: "unlist", list, ip_address, created_at };
  }
  const { ip_address, reason, created_by, expires_at } = back;
  return { kind: "relist", list, ip_address, reason, created_by, expires_at };
}
