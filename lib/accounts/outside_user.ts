/**
 * Accounts authenticated elsewhere: by a trusted proxy (`REMOTE_USER_HEADER`) or an OpenID Connect
 * provider. They have no password here. An account is never taken over by its name alone, as it may
 * belong to somebody else.
 *
 * @module
 */
import { storedAddress } from "./stored_address.ts";
import { Refusal } from "../base/refusal.ts";
import { logLine } from "../base/log_line.ts";
import { appendAudit } from "../store/audit.ts";
import { reach } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { setRole } from "./change_user.ts";
import { insertUser } from "./create_user.ts";
import { UnknownUserError, UsernameTakenError } from "./errors.ts";
import type { Role, User, UserSource } from "./user.ts";
import { foldUsername, usernameProblem } from "./usernames.ts";
import { type AccountStore, findUserByName, getUser } from "./users.ts";

/** A user authenticated elsewhere. */
export interface ExternalUser {
  source: UserSource;
  /** The name of a new account. */
  name: string;
  /** The provider's permanent id of the user; a proxy has names only. */
  subject?: string;
  /** The role given by the proxy or provider; null: it is set in the console. */
  role: Role | null;
  /** Where the request came from, for the audit trail. */
  from: string;
}

/** Who they are, in messages. */
export const SOURCE_NAMES: Record<UserSource, string> = {
  proxy: "the proxy in front of this site",
  provider: "the identity provider",
};

/** Whether roles mean an admin. */
export function roleOf(
  roles: readonly string[],
  adminRoles: readonly string[],
): Role {
  return roles.some((role) => adminRoles.includes(role)) ? "admin" : "user";
}

/**
 * The account of a user authenticated elsewhere: created with the first request, and updated to the
 * given role. Both are recorded in the audit trail.
 *
 * @throws {Refusal} 403 with a sentence for the user: no account can have the name, another account
 * has it, or the account is disabled.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function outsideUser(
  store: AccountStore,
  who: ExternalUser,
): Promise<User> {
  const user = await find(store, who) ?? await create(store, who);
  if (!user.is_active) {
    throw new Refusal("forbidden", "Your account is disabled here.");
  }
  if (who.role === null || who.role === user.role) return user;
  const changed = await setRole(store, user.id, who.role);
  await recordChange(
    store,
    who,
    changed,
    changed.role === "admin" ? "promote" : "demote",
  );
  return changed;
}

async function find(
  store: AccountStore,
  { source, name, subject }: ExternalUser,
): Promise<User | null> {
  if (subject !== undefined) {
    const { value: id } = await reach(() =>
      store.kv.get<string>(keys.userBySubject(subject))
    );
    return id === null ? null : await getUser(store, id);
  }
  const user = await findUserByName(store, name);
  if (user === null) return null;
  if (user.source !== source || user.subject) throw taken(source, name);
  return user;
}

async function create(store: AccountStore, who: ExternalUser): Promise<User> {
  const { source, name, subject, role } = who;
  const problem = usernameProblem(name);
  if (problem !== null) {
    throw new Refusal(
      "forbidden",
      `${
        capital(SOURCE_NAMES[source])
      } gives you a name that no account here can have. ${problem}`,
    );
  }
  try {
    const user = await insertUser(store, {
      ...{ username: name, password_hash: "", source, subject },
      role: role ?? "user",
    }, {});
    if (user === null) throw new UnknownUserError();
    await recordChange(store, who, user, "create");
    return user;
  } catch (error) {
    if (error instanceof UsernameTakenError) {
      // Another request of the same user may have been first.
      const first = await find(store, who);
      if (first !== null) return first;
      throw taken(source, name);
    }
    if (error instanceof Refusal) throw error.as("forbidden");
    throw error;
  }
}

function taken(source: UserSource, name: string): Refusal {
  return new Refusal(
    "forbidden",
    `An account here is called ${foldUsername(name)} already, and ${
      SOURCE_NAMES[source]
    } does not decide about it. An admin can delete that account; then you get one of your own.`,
  );
}

async function recordChange(
  store: AccountStore,
  { source, role, from }: ExternalUser,
  user: User,
  what: "create" | "promote" | "demote",
): Promise<void> {
  logLine("info", what === "create" ? "user_created" : "user_updated", {
    userid: user.username,
    role: user.role,
    source,
    ip_address: from,
  });
  await appendAudit(store.kv, {
    who: `auto:${source}`,
    what: `user_${what}`,
    target: user.username,
    from: await storedAddress(store, from),
    why: role === null || what !== "create" ? null : `role: ${user.role}`,
  }, store.now());
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
