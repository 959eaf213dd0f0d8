import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { signOutWith } from "./change_user.ts";
import { newRecoveryCodes, recoveryCodeHash } from "./recovery_codes.ts";
import { matchTotp, newTotpSecret } from "./totp.ts";
import type { SealedSecret } from "./secret_box.ts";
import type { User } from "./user.ts";
import type { AccountReader, AccountStore } from "./users.ts";
import { MINUTE } from "../base/duration.ts";

/** A key in the store: encrypted, or as it is where there is nothing to encrypt it with. */
type StoredKey = { secret: Uint8Array } | { sealed: SealedSecret };

/** A user's second factor as it is stored. */
export type Totp = StoredKey & {
  enabled_at: number;
  /** The step of the last code that was accepted; no code up to it is accepted again. */
  last_step: number;
  /** The hashes of the recovery codes that are left; they need no key. */
  recovery: string[];
};

/** A key that was shown and waits for the first code made with it. */
type TotpSetup = StoredKey & { expires_at: number };

/** How long a user has to add the key to an app, in milliseconds. */
const SETUP_MS = 15 * MINUTE;

/**
 * A user's second factor, or null where there is none.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function getTotp(
  { kv }: AccountReader,
  userId: string,
): Promise<Totp | null> {
  return (await reach(() => kv.get<Totp>(keys.totp(userId)))).value;
}

/**
 * The key that was shown to a user and waits for its first code, or null.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function getTotpSetup(
  store: AccountStore,
  userId: string,
): Promise<Uint8Array | null> {
  const { value } = await reach(() =>
    store.kv.get<TotpSetup>(keys.totpSetup(userId))
  );
  return value !== null && store.now() < value.expires_at
    ? keyOf(store, userId, value)
    : null;
}

/**
 * The key that a user is about to add to an app: a new one, or the one that was shown within the
 * last quarter of an hour, so that loading the page again does not change it.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function beginTotp(
  store: AccountStore,
  userId: string,
): Promise<Uint8Array> {
  const { kv, now } = store;
  return await transact(async () => {
    const entry = await reach(() => kv.get<TotpSetup>(keys.totpSetup(userId)));
    const at = now();
    const shown = entry.value && at < entry.value.expires_at
      ? keyOf(store, userId, entry.value)
      : null;
    if (shown) return shown;
    const secret = newTotpSecret();
    const setup: TotpSetup = {
      ...stored(store, userId, secret),
      expires_at: at + SETUP_MS,
    };
    const { ok } = await reach(() =>
      kv.atomic().check(entry)
        .set(entry.key, setup, { expireIn: SETUP_MS }).commit()
    );
    return ok ? secret : undefined;
  });
}

/**
 * Turns the second factor on, if `code` was made with the key of {@linkcode beginTotp}; the caller
 * has checked the password. All sessions end in the same commit, the caller begins a new one.
 * Resolves to the recovery codes, which are not stored in the clear, or to null for a wrong code.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function enableTotp(
  store: AccountStore,
  userId: string,
  code: string,
): Promise<{ user: User; codes: string[] } | null> {
  const { kv, now } = store;
  const setup = await reach(() => kv.get<TotpSetup>(keys.totpSetup(userId)));
  const at = now();
  if (setup.value === null || at >= setup.value.expires_at) return null;
  const secret = keyOf(store, userId, setup.value);
  if (secret === null) return null;
  const last_step = matchTotp(secret, code, at, 0);
  if (last_step === null) return null;
  const { codes, hashes } = recoveryCodes(userId);
  const totp: Totp = {
    ...stored(store, userId, secret),
    ...{ enabled_at: at, last_step, recovery: hashes },
  };
  const user = await signOutWith(
    store,
    userId,
    (commit) => commit.delete(setup.key).set(keys.totp(userId), totp),
  );
  return { user, codes };
}

/**
 * Turns a user's second factor off and ends all of the user's sessions: by the user, who has given
 * the password, or by an admin for somebody who lost phone and recovery codes.
 *
 * @throws {UnknownUserError} if there is no such user.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function removeTotp(
  store: AccountStore,
  userId: string,
): Promise<User> {
  return await signOutWith(
    store,
    userId,
    (commit) => commit.delete(keys.totp(userId)).delete(keys.totpSetup(userId)),
  );
}

/**
 * New recovery codes in place of all that were there, or null where there is no second factor.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function renewRecoveryCodes(
  store: AccountStore,
  userId: string,
): Promise<string[] | null> {
  const { codes, hashes } = recoveryCodes(userId);
  const done = await update(
    store,
    userId,
    (totp) => ({ ...totp, recovery: hashes }),
  );
  return done ? codes : null;
}

/**
 * Whether a code is right: one of the app's, or a recovery code. Either is used up by this, in one
 * commit: of two who come with the same code at once, one gets in. A key that was stored as it is, or
 * was encrypted with another key, is encrypted with today's then.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function spendCode(
  store: AccountStore,
  userId: string,
  code: string,
): Promise<boolean> {
  if (code.length > 64) return false;
  const hash = recoveryCodeHash(userId, code);
  return await update(store, userId, (totp) => {
    const secret = keyOf(store, userId, totp);
    const step = secret &&
      matchTotp(secret, code, store.now(), totp.last_step);
    if (secret !== null && step !== null) {
      const { enabled_at, recovery } = totp;
      const kept = isStale(store, totp)
        ? stored(store, userId, secret)
        : key(totp);
      return { ...kept, enabled_at, recovery, last_step: step };
    }
    const recovery = totp.recovery.filter((left) => left !== hash);
    return recovery.length < totp.recovery.length
      ? { ...totp, recovery }
      : null;
  });
}

/** Stores what `next` makes of a second factor; false where there is none, or nothing to store. */
async function update(
  { kv }: AccountReader,
  userId: string,
  next: (totp: Totp) => Totp | null,
): Promise<boolean> {
  return await transact(async () => {
    const entry = await reach(() => kv.get<Totp>(keys.totp(userId)));
    const after = entry.value && next(entry.value);
    if (after === null) return false;
    const commit = kv.atomic().check(entry).set(entry.key, after);
    return (await reach(() => commit.commit())).ok || undefined;
  });
}

/** A key as it is to be stored. */
function stored(
  { box }: AccountStore,
  userId: string,
  secret: Uint8Array,
): StoredKey {
  return box ? { sealed: box.seal(secret, userId) } : { secret };
}

/** The key itself, or null where what encrypted it is lost: recovery codes are good then. */
function keyOf(
  { box }: AccountStore,
  userId: string,
  kept: StoredKey,
): Uint8Array | null {
  if ("secret" in kept) return kept.secret;
  return box?.open(kept.sealed, userId) ?? null;
}

function isStale({ box }: AccountStore, kept: StoredKey): boolean {
  return Boolean(box) && ("secret" in kept || box!.isStale(kept.sealed));
}

function key(kept: StoredKey): StoredKey {
  return "secret" in kept ? { secret: kept.secret } : { sealed: kept.sealed };
}

function recoveryCodes(userId: string) {
  const codes = newRecoveryCodes();
  // A code of our own is one.
  const hashes = codes.map((code) => recoveryCodeHash(userId, code)!);
  return { codes, hashes };
}
