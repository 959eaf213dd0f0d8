import { type AuditEntry, listAudit } from "../store/audit.ts";

/** Of the latest entries, so many are looked at: others may have acted in the same moment. */
const DEPTH = 20;

/** The entry of the audit trail that somebody's action has just made, to offer its undo; or null. */
export async function lastAction(
  kv: Deno.Kv,
  now: number,
  { who, what, target }: { who: string; what: string; target?: string },
): Promise<AuditEntry | null> {
  const { items } = await listAudit(kv, { limit: DEPTH, now });
  return items.find((entry) =>
    entry.who === who && entry.what === what &&
    (target === undefined || entry.target === target)
  ) ?? null;
}
