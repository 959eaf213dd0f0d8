import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import type { BreachCheck } from "./breach_check.ts";
import {
  AdminExistsError,
  InvalidInputError,
  UsernameTakenError,
} from "./errors.ts";
import { lookOf } from "./lookalike.ts";
import { passwordProblem } from "./password_rules.ts";
import type { Hasher } from "./passwords.ts";
import { newUserId, type Role, type User } from "./user.ts";
import {
  foldUsername,
  shownUsername,
  usernameKey,
  usernameProblem,
} from "./usernames.ts";
import type { AccountStore } from "./users.ts";

/** A name and a password as somebody typed them. */
export interface Credentials {
  username: string;
  password: string;
}

/** What creating an account from a password needs. */
export interface AccountMaker extends AccountStore {
  hasher: Hasher;
  /** `BREACH_CHECK`: asked about new passwords; left out where it is off. */
  isBreached?: BreachCheck;
}

/** Further conditions for creating an account, checked in the same commit. */
export interface Condition {
  /** Fail with AdminExistsError unless this is the first admin. */
  first?: boolean;
  /** An entry that must be as it was read, and that is deleted. */
  consume?: Deno.KvEntry<unknown>;
}

/**
 * Checks the name and the password, hashes the password and creates the account.
 *
 * @throws {InvalidInputError} with a sentence for the user if the name or the password breaks the
 * rules.
 * @throws {UsernameTakenError} if the name belongs to an account.
 * @throws {BusyError} when too many passwords wait to be hashed.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function createUser(
  maker: AccountMaker,
  { username, password, role = "user", isTemporary }: Credentials & {
    role?: Role;
    /** Whether the password is somebody else's choice and has to be changed. @default {false} */
    isTemporary?: boolean;
  },
): Promise<User> {
  checkCredentials({ username, password });
  await refuseBreached(maker, password);
  const password_hash = await maker.hasher.hash(password);
  const user = await insertUser(maker, {
    username,
    password_hash,
    role,
    must_change_password: isTemporary,
  }, {});
  if (user === null) throw new Error("Unreachable: nothing is consumed");
  return user;
}

/**
 * Creates an admin while there is none. Of several calls at once, from any process, one wins.
 *
 * @throws {AdminExistsError} if an active admin exists.
 * @throws what {@linkcode createUser} throws.
 */
export async function createFirstAdmin(
  maker: AccountMaker,
  { username, password }: Credentials,
): Promise<User> {
  checkCredentials({ username, password });
  await refuseBreached(maker, password);
  const password_hash = await maker.hasher.hash(password);
  const user = await insertUser(
    maker,
    { username, password_hash, role: "admin" },
    { first: true },
  );
  if (user === null) throw new Error("Unreachable: nothing is consumed");
  return user;
}

/** @throws {InvalidInputError} if a name or a password breaks the rules. */
export function checkCredentials({ username, password }: Credentials): void {
  const name = usernameProblem(username);
  if (name !== null) throw new InvalidInputError("username", name);
  const problem = passwordProblem(password, username);
  if (problem !== null) throw new InvalidInputError("password", problem);
}

/** The message for a password that is on a list of leaks. */
export const BREACHED =
  "This password appears in a data breach. Choose another.";

/** @throws {InvalidInputError} if a new password is on a list of leaks. */
export async function refuseBreached(
  { isBreached }: Pick<AccountMaker, "isBreached">,
  password: string,
): Promise<void> {
  if (await isBreached?.(password)) {
    throw new InvalidInputError("password", BREACHED);
  }
}

/**
 * Creates an account whose password is hashed already, or null where the consumed entry has
 * changed since it was read.
 *
 * @throws {UsernameTakenError} if the name belongs to an account.
 * @throws {InvalidInputError} if the name looks like an admin's.
 * @throws {AdminExistsError} if it is to be the first admin and is not.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function insertUser(
  { kv, now }: AccountStore,
  { username, ...rest }:
    & Pick<User, "username" | "password_hash" | "role">
    & Partial<Pick<User, "must_change_password" | "source" | "subject">>,
  { first = false, consume }: Condition,
): Promise<User | null> {
  const at = now();
  const { role, password_hash } = rest;
  const user: User = {
    id: newUserId(at),
    username: shownUsername(username),
    role,
    password_hash,
    created_at: at,
    is_active: true,
    password_changed_at: at,
    session_epoch: 0,
    ...(rest.must_change_password ? { must_change_password: true } : {}),
    ...(rest.source ? { source: rest.source } : {}),
    ...(rest.subject ? { subject: rest.subject } : {}),
  };
  const subjectKey = rest.subject ? keys.userBySubject(rest.subject) : null;
  const nameKey = usernameKey(username);
  return await transact<User | null>(async () => {
    const [name, admins, token] = await reach(() =>
      kv.getMany<[string, string[], unknown]>([
        nameKey,
        keys.admins(),
        consume?.key ?? nameKey,
      ])
    );
    const ids = admins.value ?? [];
    if (consume && token.versionstamp !== consume.versionstamp) return null;
    if (first && ids.length > 0) throw new AdminExistsError();
    if (name.versionstamp !== null) throw new UsernameTakenError();
    await refuseLookalike({ kv }, username, ids);
    const change = kv.atomic().check(name)
      .set(nameKey, user.id).set(keys.user(user.id), user);
    if (role === "admin") {
      change.check(admins).set(admins.key, [...ids, user.id]);
    }
    // Of two concurrent sign-ups with one name, the second one's check fails.
    if (subjectKey !== null) change.set(subjectKey, user.id);
    if (consume) change.check(consume).delete(consume.key);
    const { ok } = await reach(() => change.commit());
    return ok ? user : undefined;
  });
}

/** More admins than this are not compared with a new name. */
const MAX_COMPARED = 200;

/**
 * Refuses a name that looks like an admin's: `adm1n` in a log or a list would be mistaken for it.
 */
async function refuseLookalike(
  { kv }: Pick<AccountStore, "kv">,
  username: string,
  admins: readonly string[],
): Promise<void> {
  const look = lookOf(foldUsername(username));
  for (const id of admins.slice(0, MAX_COMPARED)) {
    const { value } = await reach(() => kv.get<User>(keys.user(id)));
    if (value === null || lookOf(foldUsername(value.username)) !== look) {
      continue;
    }
    throw new InvalidInputError(
      "username",
      "This user name looks too much like another's. Choose another.",
    );
  }
}
