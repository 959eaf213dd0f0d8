import type { Decision } from "../limits/throttle.ts";
import type { AccountMaker } from "./create_user.ts";
import type { LimitDeps } from "./limits.ts";
import type { SignedIn } from "./sessions.ts";

/** The result of checking a user's password again. */
export type Confirmation =
  | { ok: true }
  | { ok: false; kind: "wrong" }
  | { ok: false; kind: "limited"; decision: Decision };

/**
 * Checks the password of somebody who is signed in already, before an action for which a stolen
 * session must not suffice. Counted with the limits for signed-in users, but by session: a stolen
 * one can neither guess the password nor use up its owner's budget.
 *
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function confirmPassword(
  { throttles, rates, hasher }: LimitDeps & AccountMaker,
  { id, user }: SignedIn,
  password: string,
): Promise<Confirmation> {
  for (
    const limit of [
      () => throttles.loginSignedIn.take(id, rates.loginRateAuthenticated),
      () => throttles.trusted.take(id, rates.loginRateAccount),
    ]
  ) {
    const decision = await limit();
    if (!decision.allowed) return { ok: false, kind: "limited", decision };
  }
  const { ok } = await hasher.verify(password, user.password_hash);
  if (!ok) return { ok: false, kind: "wrong" };
  await throttles.trusted.reset(id);
  return { ok: true };
}
