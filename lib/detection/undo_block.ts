import { appendAudit, type AuditEntry } from "../store/audit.ts";
import type { AccessChange, AccessEntry } from "../lists/access_entry.ts";
import { unblockIp } from "../lists/access_store.ts";
import { keys } from "../store/keys.ts";
import { settleOffence } from "./auto_block.ts";
import type { OffenceNames } from "../lists/offence.ts";
import { setFindingActive } from "./findings.ts";

/** Whether the automatic block of an audit entry is still in force. */
export async function isInForce(
  kv: Deno.Kv,
  { undo }: AuditEntry,
  now: number,
): Promise<boolean> {
  if (undo === null || undo.until <= now) return false;
  const { value } = await kv.get<AccessEntry>(
    keys.access("blocked", undo.ip_address),
  );
  return value !== null && value.created_by.startsWith("auto:") &&
    (value.expires_at === null || value.expires_at > now);
}

/**
 * Undoes an automatic block: removes it, resolves its findings, and settles the offence so that it
 * does not lengthen the next block. A second call has no effect.
 *
 * @returns the changes of the lists, for this process to apply at once; null if the block is no
 * longer in force.
 */
export async function undoBlock(
  kv: Deno.Kv,
  entry: AuditEntry,
  { by, from, now, addresses }: {
    by: string;
    from: string | null;
    now: number;
    addresses?: OffenceNames;
  },
): Promise<AccessChange[] | null> {
  const { undo } = entry;
  if (undo === null || !await isInForce(kv, entry, now)) return null;
  const { changes } = await unblockIp(kv, () => now, undo.ip_address);
  await settleOffence(kv, undo.ip_address, now, { addresses });
  for (const id of undo.findings) {
    await setFindingActive(kv, id, false, {
      by,
      why: "automatic block undone",
      now,
    });
  }
  await appendAudit(kv, {
    who: by,
    what: "undo_block",
    target: undo.ip_address,
    from,
    why: `undid what ${entry.who} did`,
  }, now);
  return changes;
}
