import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";
import {
  type AccountMaker,
  checkCredentials,
  type Credentials,
  insertUser,
  refuseBreached,
} from "./create_user.ts";
import { SetupTokenError } from "./errors.ts";
import { isSecret, newSecret } from "./secret.ts";
import type { User } from "./user.ts";
import { type AccountStore, hasAdmin } from "./users.ts";
import { DAY } from "../base/duration.ts";

/** How long a set-up link works, in milliseconds; a new start makes a new one. */
const LIFETIME_MS = DAY;

/** What is stored of a token, under its SHA-256. */
interface StoredToken {
  expires_at: number;
}

/**
 * A token for creating the first admin, printed in the server's output, or null where an admin
 * exists. Several processes may each have made one: the first that is used wins.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function createSetupToken(
  store: AccountStore,
): Promise<string | null> {
  if (await hasAdmin(store)) return null;
  const token = newSecret();
  const key = keys.setupToken(sha256Hex(token));
  const stored: StoredToken = { expires_at: store.now() + LIFETIME_MS };
  await transact(async () => {
    const set = () => store.kv.set(key, stored, { expireIn: LIFETIME_MS });
    return (await reach(set)).ok || undefined;
  });
  return token;
}

/**
 * Whether a token would work now; reading a set-up page does not use it up.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function isSetupToken(
  store: AccountStore,
  token: string,
): Promise<boolean> {
  return await findToken(store, token) !== null && !await hasAdmin(store);
}

/**
 * Creates the first admin. The token is used up in the commit that creates the account, and by
 * nothing else: a name that is taken or a weak password leaves it as it was.
 *
 * @throws {SetupTokenError} if the token is unknown, used or expired.
 * @throws {AdminExistsError} if an active admin exists.
 * @throws what `createUser()` throws.
 */
export async function consumeSetupToken(
  maker: AccountMaker,
  token: string,
  credentials: Credentials,
): Promise<User> {
  const consume = await findToken(maker, token);
  if (consume === null) throw new SetupTokenError();
  checkCredentials(credentials);
  const { username, password } = credentials;
  await refuseBreached(maker, password);
  const password_hash = await maker.hasher.hash(password);
  const user = await insertUser(
    maker,
    { username, password_hash, role: "admin" },
    { first: true, consume },
  );
  if (user === null) throw new SetupTokenError();
  return user;
}

async function findToken(
  { kv, now }: AccountStore,
  token: string,
): Promise<Deno.KvEntry<StoredToken> | null> {
  if (!isSecret(token)) return null;
  const key = keys.setupToken(sha256Hex(token));
  const entry = await reach(() => kv.get<StoredToken>(key));
  if (entry.versionstamp === null || now() >= entry.value.expires_at) {
    return null;
  }
  return entry;
}
