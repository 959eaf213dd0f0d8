import { auditOwn } from "./audit_own.ts";
import { storedAddress } from "./stored_address.ts";
import type { Decision } from "../limits/throttle.ts";
import { checkCredentials, createUser } from "./create_user.ts";
import { rememberDevice } from "./devices.ts";
import { InvalidInputError, UsernameTakenError } from "./errors.ts";
import type { Attempt, LoggedIn, LoginDeps } from "./login.ts";
import { createSession } from "./sessions.ts";

/** The result of a sign-up. Messages are sentences for the form. */
export type SignupResult =
  | LoggedIn
  | {
    ok: false;
    kind: "invalid";
    field: "username" | "password";
    message: string;
  }
  | {
    ok: false;
    kind: "taken";
    field: "username";
    message: string;
    decision: Decision;
  }
  | { ok: false; kind: "limited"; decision: Decision };

/**
 * Creates an account and begins its first session.
 *
 * Invalid input is reported at once and does not count: it costs no hash and reveals nothing about
 * other accounts. Everything else counts by address before a password is hashed, also when the name
 * turns out to be taken, so that names cannot be tried out quickly.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 * @throws {BusyError} when too many passwords wait to be hashed.
 */
export async function signup(
  deps: LoginDeps,
  attempt: Attempt,
): Promise<SignupResult> {
  try {
    checkCredentials(attempt);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { field, message } = error;
    return { ok: false, kind: "invalid", field, message };
  }
  const decision = await deps.throttles.signup.take(
    attempt.subject,
    deps.rates.signupRate,
  );
  if (!decision.allowed) return { ok: false, kind: "limited", decision };

  try {
    const { username, password } = attempt;
    const user = await createUser(deps, { username, password });
    const origin = {
      ...attempt,
      ip_address: await storedAddress(deps, attempt.ip_address),
    };
    const { secret } = await createSession(deps, user, origin);
    const device = attempt.kind === "browser"
      ? await rememberDevice(deps, user, origin, null)
      : null;
    await auditOwn(deps, {
      ...{ username: user.username, what: "user_signup" },
      from: attempt.ip_address,
    });
    deps.activity.log("info", "user_created", {
      userid: user.username,
      role: user.role,
      ip_address: attempt.ip_address,
    });
    return { ok: true, user, secret, device, decision };
  } catch (error) {
    if (error instanceof UsernameTakenError) {
      const message = "This user name is taken. Choose another.";
      return { ok: false, kind: "taken", field: "username", message, decision };
    }
    if (error instanceof InvalidInputError) {
      const { field, message } = error;
      return { ok: false, kind: "invalid", field, message };
    }
    throw error;
  }
}
