import type { Caller } from "./login.ts";
import type { LoginActivity } from "./login_activity.ts";
import { outsideUser, roleOf } from "./outside_user.ts";
import type { ProviderUser } from "./provider.ts";
import { createSession, destroySessionById } from "./sessions.ts";
import { storedAddress } from "./stored_address.ts";
import type { User } from "./user.ts";
import type { AccountStore } from "./users.ts";

/**
 * Signs a user in after a login at the provider: finds or creates the account, sets the role from
 * the claims, starts a session and ends the browser's previous one.
 *
 * @throws {Refusal} with a sentence for the user: see {@linkcode outsideUser}.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function enterByProvider(
  deps: AccountStore & { activity: LoginActivity },
  { subject, name, roles }: ProviderUser,
  { ip_address, user_agent, current }: Caller,
  adminRoles: readonly string[],
): Promise<{ user: User; secret: string }> {
  const user = await outsideUser(deps, {
    source: "provider",
    ...{ name, subject },
    role: roles === null ? null : roleOf(roles, adminRoles),
    from: ip_address,
  });
  const { secret } = await createSession(deps, user, {
    kind: "browser",
    user_agent,
    ip_address: await storedAddress(deps, ip_address),
  });
  if (current?.session.kind === "browser") {
    await destroySessionById(deps, current.id);
  }
  deps.activity.report({
    username: user.username,
    ip_address,
    user_agent,
    outcome: "success",
  });
  return { user, secret };
}
