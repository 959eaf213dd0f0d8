import { auditEntry, putAudit } from "../store/audit.ts";
import { formatCidr, parseCidr } from "../net/cidr.ts";

/** What is done to the lists by hand. */
export type ListDeed =
  | "block"
  | "confirm_block"
  | "unblock"
  | "allow"
  | "disallow";

/** Who does it to whom, from where and why. */
export interface ListDeedRecord {
  who: string;
  /** The address that the order comes from; null for a command. */
  from: string | null;
  /** An address or range in any spelling. */
  ip: string;
  why?: string;
}

/** Puts a deed into the audit trail, in the same write that does it (`AccessOrder.also`). */
export function audited(
  what: ListDeed,
  { who, from, ip, why = "" }: ListDeedRecord,
  now: () => number,
): (atomic: Deno.AtomicOperation) => void {
  return (atomic) => {
    const target = formatCidr(parseCidr(ip));
    putAudit(atomic, auditEntry({ who, what, target, from, why }, now()));
  };
}
