import { auditEntry, putAudit, type Reversal } from "../store/audit.ts";
import type { AccessOrder } from "./access_commit.ts";
import type { AccessEntry } from "./access_entry.ts";
import { type Cidr, formatCidr, parseCidr } from "../net/cidr.ts";
import type { SafeHost, SafeHostOrder } from "./safe_hosts.ts";

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
  /** An address or a range, in any spelling. */
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
    const target = formatCidr(typeof ip === "string" ? parseCidr(ip) : ip);
    const reverse = entry && reversalOf(what, entry, before ?? null);
    putAudit(
      atomic,
      auditEntry({ who, what, target, from, why, reverse }, now()),
    );
  };
}

/** Like {@linkcode audited}, for a host name of the safelist. */
export function auditedHost(
  what: "allow" | "disallow",
  { who, from, host, why = "" }: Omit<ListActionRecord, "ip"> & {
    host: string;
  },
  now: () => number,
): NonNullable<SafeHostOrder["also"]> {
  return (atomic, after, before) => {
    putAudit(
      atomic,
      auditEntry({
        ...{ who, what, target: host, from, why },
        reverse: hostReversal(after, before),
      }, now()),
    );
  };
}

function hostReversal(
  after: SafeHost | null,
  before: SafeHost | null,
): Reversal | undefined {
  if (before !== null) {
    const { host, reason, created_by, expires_at, addresses } = before;
    return {
      kind: "relist_host",
      ...{ host, reason, created_by, expires_at, addresses },
    };
  }
  if (after === null) return undefined;
  const { host, created_at } = after;
  return { kind: "unlist_host", host, created_at };
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
