import { reach, StoreDownError, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { forgetDevices } from "./devices.ts";
import { LastAdminError, UnknownUserError } from "./errors.ts";
import { destroyAllOf } from "./sessions.ts";
import { isActiveAdmin, type Role, type User } from "./user.ts";
import { usernameKey } from "./usernames.ts";
import type { AccountStore } from "./users.ts";

/**
 * Gives a user a role. Ends all of the user's sessions and tokens in the same commit, as do the
 * changes below. Nothing happens where the role stays the same.
 *
 * @throws {LastAdminError} if no active admin would remain.
 * @throws {UnknownUserError} if there is no such user.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export function setRole(
  store: AccountStore,
  id: string,
  role: Role,
): Promise<User> {
  return change(
    store,
    id,
    (user) => user.role === role ? user : signedOut({ ...user, role }),
  );
}

/** Disables or enables a user. Throws as {@linkcode setRole} does. */
export function setActive(
  store: AccountStore,
  id: string,
  active: boolean,
): Promise<User> {
  return change(
    store,
    id,
    (user) =>
      user.is_active === active
        ? user
        : signedOut({ ...user, is_active: active }),
  );
}

/**
 * Sets a new password by its hash. The caller has checked it against the rules and, where users
 * change their own, gives them a new session. Throws as {@linkcode setRole} does.
 *
 * @param isTemporary Whether somebody else chose it, so that the user has to change it.
 */
export function setPassword(
  store: AccountStore,
  id: string,
  password_hash: string,
  isTemporary = false,
): Promise<User> {
  return change(store, id, (user) =>
    signedOut({
      ...user,
      password_hash,
      password_changed_at: store.now(),
      must_change_password: isTemporary,
    }));
}

/**
 * Ends all of a user's sessions and tokens in the commit that `also` adds to: a second factor that
 * is turned on holds for every login, one that has begun included. `also` sees the user as it was.
 * Throws as {@linkcode setRole} does, and what `also` throws.
 */
export function signOutWith(
  store: AccountStore,
  id: string,
  also: (commit: Deno.AtomicOperation, user: User) => void,
): Promise<User> {
  return change(store, id, signedOut, also);
}

/**
 * Replaces the hash of an unchanged password by one with today's parameters, unless the password
 * was changed meanwhile. Sessions stay.
 *
 * @throws {UnknownUserError} if there is no such user.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export function upgradeHash(
  store: AccountStore,
  { id, password_hash: old }: User,
  password_hash: string,
): Promise<User> {
  return change(
    store,
    id,
    (user) => user.password_hash === old ? { ...user, password_hash } : user,
  );
}

/**
 * Deletes a user and frees the name, in the commit that `also` adds to. Throws as
 * {@linkcode setRole} does.
 */
export async function deleteUser(
  store: AccountStore,
  id: string,
  also?: (commit: Deno.AtomicOperation, user: User) => void,
): Promise<void> {
  await change(
    store,
    id,
    () => null,
    (commit, user) => {
      commit.delete(keys.totp(id)).delete(keys.totpSetup(id))
        .delete(keys.recentLogins(id)).delete(keys.savedFilters(id))
        .delete(keys.firstSteps(id));
      if (user.subject) commit.delete(keys.userBySubject(user.subject));
      also?.(commit, user);
    },
  );
  await tidyUp(() => forgetDevices(store, id));
}

/** Whether one of these admins logs in with a password. */
async function hasOwnAdmin(
  { kv }: AccountStore,
  ids: readonly string[],
): Promise<boolean> {
  for (const id of ids) {
    const { value } = await reach(() => kv.get<User>(keys.user(id)));
    if (value !== null && !value.source) return true;
  }
  return false;
}

function signedOut(user: User): User {
  return { ...user, session_epoch: user.session_epoch + 1 };
}

/** Stores what `next` makes of a user; null deletes. The registry of admins changes along. */
async function change<Next extends User | null>(
  store: AccountStore,
  id: string,
  next: (user: User) => Next,
  also?: (commit: Deno.AtomicOperation, user: User) => void,
): Promise<Next> {
  const { kv } = store;
  const { before, after } = await transact(async () => {
    const [entry, admins] = await reach(() =>
      kv.getMany<[User, string[]]>([keys.user(id), keys.admins()])
    );
    const before = entry.value;
    if (before === null) throw new UnknownUserError();
    const after = next(before);
    // `next` returns its argument if there is nothing to do.
    if (after === before) return { before, after };

    const commit = kv.atomic().check(entry);
    if (after === null) {
      commit.delete(entry.key).delete(usernameKey(before.username));
    } else {
      commit.set(entry.key, after);
    }
    const isListed = (admins.value ?? []).includes(id);
    const counts = after !== null && isActiveAdmin(after);
    if (isListed !== counts) {
      // Two admins who demote each other at once write the same key: one has to retry and is then
      // refused as the last.
      const others = (admins.value ?? []).filter((other) => other !== id);
      // Admins of a proxy or provider lose access with it: one admin with a password has to remain.
      if (!counts && !before.source && !await hasOwnAdmin(store, others)) {
        throw new LastAdminError();
      }
      commit.check(admins)
        .set(admins.key, counts ? [...others, id] : others);
    }
    also?.(commit, before);
    const { ok } = await reach(() => commit.commit());
    return ok ? { before, after } : undefined;
  });
  if (after === null || after.session_epoch !== before.session_epoch) {
    await tidyUp(() => destroyAllOf(store, id));
  }
  return after;
}

/** Deletes invalid rows, such as sessions of an old epoch; if that fails, they expire. */
async function tidyUp(sweep: () => Promise<void>): Promise<void> {
  try {
    await sweep();
  } catch (error) {
    if (!(error instanceof StoreDownError)) throw error;
  }
}
