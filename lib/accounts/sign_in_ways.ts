import type { Config } from "../settings/config.ts";
import { type User, type UserSource } from "./user.ts";
import { SOURCE_NAMES } from "./outside_user.ts";

type WayConfig = Pick<
  Config,
  "remoteUserHeader" | "remoteRolesHeader" | "oidcIssuer" | "oidcRolesClaim"
>;

/** Whether strangers may make accounts: not where a company says who its people are. */
export function hasSignup(
  { remoteUserHeader, oidcIssuer }: Pick<
    WayConfig,
    "remoteUserHeader" | "oidcIssuer"
  >,
): boolean {
  return remoteUserHeader === null && oidcIssuer === null;
}

/** The message for sign-ups where they are closed. */
export const NO_SIGNUP =
  "Accounts are not made here: people sign in with the account that they have elsewhere.";

/** Whether a user's role comes along with each login, so that the console does not decide it. */
export function hasGivenRole(
  { source }: Pick<User, "source">,
  { remoteRolesHeader, oidcRolesClaim }: Pick<
    WayConfig,
    "remoteRolesHeader" | "oidcRolesClaim"
  >,
): boolean {
  return source === "proxy"
    ? remoteRolesHeader !== null
    : source === "provider" && oidcRolesClaim !== null;
}

/** The message where a password is needed and the account has none. */
export function noPassword(source: UserSource): string {
  return `Your account has no password here: ${
    SOURCE_NAMES[source]
  } says who you are. Password and second factor are changed there.`;
}
