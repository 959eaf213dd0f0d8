import { type AuditEntry, listAudit } from "../store/audit.ts";

/** The number of latest entries searched: others may have acted at the same time. */
const DEPTH = 20;

/** The audit entry of a user's action just made, to offer its undo; or null. */
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
