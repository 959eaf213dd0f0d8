import type { Caller } from "./login.ts";
import type { LoginActivity } from "./login_activity.ts";
import { outsideUser, roleOf } from "./outside_user.ts";
import type { ProviderUser } from "./provider.ts";
import { createSession, destroySessionById } from "./sessions.ts";
import { storedAddress } from "./stored_address.ts";
import type { User } from "./user.ts";
import type { AccountStore } from "./users.ts";

/**
 * Lets in whom the provider has logged in: finds or makes the account, gives it the role that came
 * along, begins a session and ends the browser's one before.
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
