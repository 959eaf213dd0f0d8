import { type Cidr, formatCidr } from "../net/cidr.ts";
import { auditEntry, putAudit } from "../store/audit.ts";
import { compareAndSet } from "../store/retry.ts";
import type { AccessChange } from "./access_entry.ts";
import { blockIp } from "./access_store.ts";
import { type KnownOffence, putOffence } from "./offence.ts";

/** A block that a rule orders. Times are epoch milliseconds. */
export interface AutomaticBlock {
  range: Cidr;
  /** The rule's name; its blocks are signed `auto:` and the name. */
  rule: string;
  reason: string;
  at: number;
  until: number;
  /** Index of its duration. */
  level: number;
  /** Evidence up to this time is already used. */
  evidence_until: number;
  /** The ids of the findings that led to it. */
  findings: string[];
  /** The address's offence when it was evaluated. */
  before: KnownOffence;
}

/**
 * Blocks for a rule: adds the range to the blocklist, and in the same write updates its offence and
 * adds the audit entry that undoes it. If two processes block at once, the one that finds the
 * offence changed since it was read does not write a second block.
 *
 * @throws {Refusal} if the lists do not allow it.
 */
export async function blockAutomatically(
  { kv, trustedProxies, applyLocal }: {
    kv: Deno.Kv;
    trustedProxies: readonly Cidr[];
    applyLocal?: (changes: readonly AccessChange[]) => void;
  },
  block: AutomaticBlock,
): Promise<void> {
  const { range, reason, at, until, level, evidence_until, findings } = block;
  const who = `auto:${block.rule}`;
  const { entry, changes } = await blockIp(kv, () => at, {
    ip: range,
    reason,
    created_by: who,
    expires_at: until,
    extend: true,
    trustedProxies,
  });
  applyLocal?.(changes);
  const commit = putOffence(kv.atomic(), block.before, {
    level,
    blocked_until: until,
    evidence_until,
  });
  const ip_address = formatCidr(range);
  putAudit(
    commit,
    auditEntry({
      who,
      what: "block",
      target: entry.ip_address,
      why: reason,
      undo: { kind: "block", ip_address, until, findings },
    }, at),
  );
  await compareAndSet(async () => ({ ok: (await commit.commit()).ok }));
}
