import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";
import { isSecret, newSecret } from "./secret.ts";
import type { User } from "./user.ts";
import type { AccountStore } from "./users.ts";
import { MINUTE } from "../base/duration.ts";

/** How long a login waits for its code, in milliseconds. */
export const PENDING_LOGIN_MS = 5 * MINUTE;

/** After so many codes the password is asked for again. */
const MAX_CODES = 5;

/** A login whose password was right, as it is stored under the SHA-256 of its secret. */
export interface PendingLogin {
  user_id: string;
  /** The user's `session_epoch` when the password was checked. */
  epoch: number;
  /** How many codes may still be tried. */
  left: number;
  expires_at: number;
}

/**
 * Stores a pending login of a user whose password was right; resolves to the secret for the cookie.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function createPendingLogin(
  { kv, now }: AccountStore,
  user: User,
): Promise<string> {
  const secret = newSecret();
  const key = keys.pendingLogin(sha256Hex(secret));
  const pending: PendingLogin = {
    user_id: user.id,
    epoch: user.session_epoch,
    left: MAX_CODES,
    expires_at: now() + PENDING_LOGIN_MS,
  };
  await transact(async () => {
    const set = () => kv.set(key, pending, { expireIn: PENDING_LOGIN_MS });
    return (await reach(set)).ok || undefined;
  });
  return secret;
}

/**
 * The pending login of a secret, or null. Uses one of its tries.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function tryPendingLogin(
  { kv, now }: AccountStore,
  secret: string,
): Promise<PendingLogin | null> {
  if (!isSecret(secret)) return null;
  const key = keys.pendingLogin(sha256Hex(secret));
  return await transact(async () => {
    const entry = await reach(() => kv.get<PendingLogin>(key));
    const at = now();
    const pending = entry.value;
    if (pending === null || at >= pending.expires_at || pending.left < 1) {
      return null;
    }
    const after = { ...pending, left: pending.left - 1 };
    const expireIn = pending.expires_at - at;
    const commit = kv.atomic().check(entry).set(key, after, { expireIn });
    return (await reach(() => commit.commit())).ok ? after : undefined;
  });
}

/**
 * Whether a secret has a pending login; uses none of its tries.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function isPendingLogin(
  { kv, now }: AccountStore,
  secret: string,
): Promise<boolean> {
  if (!isSecret(secret)) return false;
  const key = keys.pendingLogin(sha256Hex(secret));
  const { value } = await reach(() => kv.get<PendingLogin>(key));
  return value !== null && now() < value.expires_at && value.left > 0;
}

/** @throws {StoreDownError} when the store fails or hangs. */
export async function endPendingLogin(
  { kv }: AccountStore,
  secret: string,
): Promise<void> {
  const key = keys.pendingLogin(sha256Hex(secret));
  await transact(async () => {
    await reach(() => kv.delete(key));
    return true;
  });
}
