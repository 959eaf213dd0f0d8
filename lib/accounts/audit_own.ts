import { appendAudit } from "../store/audit.ts";
import type { AuditAction } from "../store/audit_actions.ts";
import { storedAddress } from "./stored_address.ts";
import type { AccountStore } from "./users.ts";

/**
 * Writes what somebody did to their own account into the audit trail. Anybody may be a user, so the
 * address is kept as that of a visitor is (`PRIVACY_IP`), not whole as an admin's.
 */
export async function auditOwn(
  store: AccountStore,
  { username, what, from, why = null }: {
    username: string;
    what: AuditAction;
    from: string;
    why?: string | null;
  },
): Promise<void> {
  await appendAudit(store.kv, {
    ...{ who: username, what, target: username, why },
    from: await storedAddress(store, from),
  }, store.now());
}
