import { toBase32 } from "./base32.ts";
import { setPassword } from "./change_user.ts";
import { forgetDevices } from "./devices.ts";
import type { Hasher } from "./passwords.ts";
import type { User } from "./user.ts";
import type { AccountStore } from "./users.ts";

/** 100 bits; in lower case, which is easier to read out and to type. */
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** A password that an admin hands over: four groups of five letters and digits. */
function newTemporaryPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(13));
  const letters = toBase32(bytes).toLowerCase();
  return Array.from(
    { length: GROUPS },
    (_, i) => letters.slice(i * GROUP_LENGTH, (i + 1) * GROUP_LENGTH),
  ).join("-");
}

/**
 * Gives a user a new random password, for an admin to hand over. All sessions, tokens and known
 * devices of the user end: whoever had the old password loses access. A second factor stays. The
 * user has to change the password before anything else works.
 *
 * @throws {UnknownUserError} if there is no such user.
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function resetPassword(
  store: AccountStore & { hasher: Hasher },
  id: string,
): Promise<{ user: User; password: string }> {
  const password = newTemporaryPassword();
  const hash = await store.hasher.hash(password);
  const user = await setPassword(store, id, hash, true);
  await forgetDevices(store, id);
  return { user, password };
}
