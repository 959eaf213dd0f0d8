import { auditEntry, putAudit } from "../store/audit.ts";
import { formatCidr, parseCidr } from "../net/cidr.ts";
import { safeHostName } from "./safe_hosts.ts";

/** What is done to the lists by hand. */
export type ListAction =
  | "block"
  | "confirm_block"
  | "unblock"
  | "allow"
  | "disallow";

/** Who does it to whom, from where and why. */
export interface ListActionRecord {
  who: string;
  /** The address that the order comes from; null for a command. */
  from: string | null;
  /** An address, range or, of the safelist, a host's name, in any spelling. */
  ip: string;
  why?: string;
}

/** Puts a deed into the audit trail, in the same write that does it (`AccessOrder.also`). */
export function audited(
  what: ListAction,
  { who, from, ip, why = "" }: ListActionRecord,
  now: () => number,
): (atomic: Deno.AtomicOperation) => void {
  return (atomic) => {
    const target = safeHostName(ip) ?? formatCidr(parseCidr(ip));
    putAudit(atomic, auditEntry({ who, what, target, from, why }, now()));
  };
}
