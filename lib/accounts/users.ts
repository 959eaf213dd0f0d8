import { cursorOf } from "../base/cursor.ts";
import { Refusal } from "../base/refusal.ts";
import { reach } from "../store/errors.ts";
import type { AddressStorage } from "../privacy/address_storage.ts";
import type { SecretBox } from "./secret_box.ts";
import { keys } from "../store/keys.ts";
import type { User } from "./user.ts";
import { usernameKey } from "./usernames.ts";

/** Where accounts are read. */
export interface AccountReader {
  kv: Deno.Kv;
}

/** Where accounts are changed. */
export interface AccountStore extends AccountReader {
  /** The time in milliseconds since the epoch. */
  now: () => number;
  /** How addresses are kept. @default as they are */
  addresses?: Pick<AddressStorage, "ready" | "stored">;
  /** What encrypts the keys of second factors. @default they are stored as they are */
  box?: SecretBox | null;
}

/**
 * The user with an id, or null.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function getUser(
  { kv }: AccountReader,
  id: string,
): Promise<User | null> {
  return (await reach(() => kv.get<User>(keys.user(id)))).value;
}

/**
 * The user with a name, in any of its spellings, or null.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function findUserByName(
  reader: AccountReader,
  username: string,
): Promise<User | null> {
  const key = usernameKey(username);
  const { value: id } = await reach(() => reader.kv.get<string>(key));
  // A name without an account costs as many reads, as the time would reveal it otherwise.
  return await getUser(reader, id ?? "");
}

/**
 * Users in the order of their making.
 *
 * @throws {Refusal} if `limit` is not 1 to 500 or the cursor is not one of ours.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function listUsers(
  { kv }: AccountReader,
  { limit = 50, cursor = null }: { limit?: number; cursor?: string | null } =
    {},
): Promise<{ items: User[]; cursor: string | null }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
    throw new Refusal(
      "malformed",
      `Cannot list users: expected a limit from 1 to 500`,
    );
  }
  const [after = null] = CURSOR.read(cursor) ?? [];
  // A range that starts at the last one that was shown includes it.
  const selector = after === null
    ? { prefix: keys.usersAll() }
    : { prefix: keys.usersAll(), start: keys.user(after) };
  const found = await reach(() =>
    Array.fromAsync(
      kv.list<User>(selector, { limit: limit + 2 }),
      (entry) => entry.value,
    )
  );
  const users = found.filter((user) => user.id !== after);
  const items = users.slice(0, limit);
  const more = users.length > limit;
  return { items, cursor: more ? CURSOR.write([items.at(-1)!.id]) : null };
}

/** The id of the last one. */
const CURSOR = cursorOf("text");

/**
 * Whether an active admin exists. The last one cannot be removed.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function hasAdmin({ kv }: AccountReader): Promise<boolean> {
  const { value } = await reach(() => kv.get<string[]>(keys.admins()));
  return (value ?? []).length > 0;
}

/**
 * The names of the active admins.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function adminNames(reader: AccountReader): Promise<Set<string>> {
  const { value } = await reach(() => reader.kv.get<string[]>(keys.admins()));
  const users = await Promise.all(
    (value ?? []).map((id) => getUser(reader, id)),
  );
  return new Set(users.flatMap((user) => user ? [user.username] : []));
}
