import { findDevice, forgetDevicesBut } from "./devices.ts";
import { setPassword } from "./change_user.ts";
import { BREACHED } from "./create_user.ts";
import { type Confirmation, confirmPassword } from "./confirm_password.ts";
import type { LoginDeps } from "./login.ts";
import { passwordProblem } from "./password_rules.ts";
import { createSession, type SignedIn } from "./sessions.ts";

/** The result of a user's change of password. */
export type PasswordChange =
  | { ok: true; secret: string }
  | { ok: false; kind: "invalid"; message: string }
  | Exclude<Confirmation, { ok: true }>;

/**
 * Changes a user's own password, which takes the present one, ends all sessions and tokens and
 * forgets all known devices but the caller's: whoever knew the old password loses access. The
 * caller gets a new session. Attempts count as logins of somebody signed in.
 *
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function changePassword(
  deps: LoginDeps,
  signedIn: SignedIn,
  { current, next, device = null }: {
    current: string;
    next: string;
    /** The secret in the caller's device cookie, or null. */
    device?: string | null;
  },
): Promise<PasswordChange> {
  const { user, session } = signedIn;
  const message = passwordProblem(next, user.username) ??
    (user.must_change_password && next === current
      ? "Choose a password other than the one that you were given."
      : null);
  if (message !== null) return { ok: false, kind: "invalid", message };
  const confirmed = await confirmPassword(deps, signedIn, current);
  if (!confirmed.ok) return confirmed;
  if (await deps.isBreached?.(next)) {
    return { ok: false, kind: "invalid", message: BREACHED };
  }
  const changed = await setPassword(
    deps,
    user.id,
    await deps.hasher.hash(next),
  );
  const here = device === null ? null : await findDevice(deps, device);
  await forgetDevicesBut(deps, user.id, here?.id);
  const { secret } = await createSession(deps, changed, session);
  return { ok: true, secret };
}
