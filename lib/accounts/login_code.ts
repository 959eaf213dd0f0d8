import type { Decision } from "../limits/throttle.ts";
import {
  type Caller,
  checkCode,
  enter,
  type LoggedIn,
  type LoginDeps,
} from "./login.ts";
import { endPendingLogin, tryPendingLogin } from "./pending_login.ts";
import { getUser } from "./users.ts";

/** The result of the second step of a login. */
export type CodeResult =
  | LoggedIn
  | { ok: false; kind: "wrong"; decision: Decision }
  | { ok: false; kind: "limited"; decision: Decision }
  /** There is no such login any more: too late, too many codes, or the user was changed. */
  | { ok: false; kind: "gone" };

/**
 * The second step of a browser's login: checks the code for the pending login of `secret`, which
 * allows five codes within five minutes; each code is counted before it is checked.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function loginWithCode(
  deps: LoginDeps,
  secret: string,
  code: string,
  caller: Caller,
): Promise<CodeResult> {
  const pending = await tryPendingLogin(deps, secret);
  if (pending === null) return { ok: false, kind: "gone" };
  const user = await getUser(deps, pending.user_id);
  if (!user?.is_active || user.session_epoch !== pending.epoch) {
    await endPendingLogin(deps, secret);
    return { ok: false, kind: "gone" };
  }
  const { username } = user;
  const { ip_address, user_agent } = caller;
  const who = { username, ip_address, user_agent };
  const { ok, ...decision } = await checkCode(deps, user, code, caller);
  if (!decision.allowed) {
    const { policy } = decision;
    deps.activity.report({ ...who, outcome: "limited", policy });
    return { ok: false, kind: "limited", decision };
  }
  if (!ok) {
    deps.activity.report({ ...who, outcome: "code", isWrongCode: true });
    return { ok: false, kind: "wrong", decision };
  }
  await endPendingLogin(deps, secret);
  return await enter(deps, user, caller, decision);
}
