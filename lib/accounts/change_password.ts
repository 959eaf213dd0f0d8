import { setPassword } from "./change_user.ts";
import { type Confirmation, confirmPassword } from "./confirm_password.ts";
import type { LoginDeps } from "./login.ts";
import { passwordProblem } from "./password_rules.ts";
import { createSession, type SignedIn } from "./sessions.ts";

/** How a change of one's own password ended. */
export type PasswordChange =
  | { ok: true; secret: string }
  | { ok: false; kind: "invalid"; message: string }
  | Exclude<Confirmation, { ok: true }>;

/**
 * Changes a user's own password, which takes the present one, and ends all sessions and tokens; the
 * caller gets a new session. Attempts count as logins of somebody signed in.
 *
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function changePassword(
  deps: LoginDeps,
  { user, session }: SignedIn,
  { current, next }: { current: string; next: string },
): Promise<PasswordChange> {
  const message = passwordProblem(next, user.username) ??
    (user.must_change_password && next === current
      ? "Choose another password than the one you were given."
      : null);
  if (message !== null) return { ok: false, kind: "invalid", message };
  const confirmed = await confirmPassword(deps, user, current);
  if (!confirmed.ok) return confirmed;
  const changed = await setPassword(
    deps,
    user.id,
    await deps.hasher.hash(next),
  );
  const { secret } = await createSession(deps, changed, session);
  return { ok: true, secret };
}
