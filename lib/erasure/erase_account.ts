import { deleteUser } from "../accounts/change_user.ts";
import type { User } from "../accounts/user.ts";
import type { AccountStore } from "../accounts/users.ts";
import { keys } from "../store/keys.ts";
import { type AccountErased, newPseudonym } from "./account_traces.ts";
import type { TraceStore } from "./address_traces.ts";
import {
  type ErasureResult,
  listErasures,
  newErasure,
  runErasure,
} from "./erasure.ts";

/**
 * Deletes an account with its sessions, tokens, devices, second factor, recent logins and filters,
 * and erases its name from the request log and the login log; what has to stay, such as the audit
 * trail, names a pseudonym. The deletion and the order for the rest are one commit.
 *
 * @param by Who orders it; null: the user, who is named by the pseudonym.
 * @throws {LastAdminError} if no active admin would remain.
 * @throws {UnknownUserError} if there is no such user.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function eraseAccount(
  store: TraceStore & AccountStore,
  { id, username }: User,
  { by, from }: { by: string | null; from: string | null },
): Promise<ErasureResult<AccountErased>> {
  const pseudonym = newPseudonym();
  const at = store.now();
  const erasure = newErasure(
    { kind: "account", user_id: id, username, pseudonym, until: at },
    { by: by ?? pseudonym, from: by === null ? null : from },
    at,
  );
  await deleteUser(
    store,
    id,
    (commit) => commit.set(keys.erasure(erasure.id), erasure),
  );
  return await runErasure(store, erasure) as ErasureResult<AccountErased>;
}

/** Goes on with erasing accounts of a name that are deleted already; null where there are none. */
export async function resumeAccount(
  store: TraceStore,
  username: string,
): Promise<ErasureResult<AccountErased> | null> {
  let result: ErasureResult<AccountErased> | null = null;
  for (const erasure of await listErasures(store.kv)) {
    if (erasure.kind !== "account" || erasure.username !== username) continue;
    result = await runErasure(store, erasure) as ErasureResult<AccountErased>;
  }
  return result;
}
