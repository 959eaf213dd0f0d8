import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";
import type { LoginProof } from "./provider.ts";
import { isSecret, newSecret } from "./secret.ts";
import type { AccountStore } from "./users.ts";
import { MINUTE } from "../base/duration.ts";

/** How long a login may take at the provider, in milliseconds. */
export const PROVIDER_LOGIN_MS = 10 * MINUTE;

/** A pending login at the provider, as it is stored under the SHA-256 of its state. */
export interface ProviderLogin {
  /** The SHA-256 of the cookie of the browser that began it. */
  browser: string;
  nonce: string;
  verifier: string;
  redirect_uri: string;
  /** Where to go afterwards: a path of this site. */
  next: string;
  expires_at: number;
}

/**
 * Begins a login at the provider. A browser may have begun several, in as many tabs.
 *
 * @param browser The secret in the browser's cookie; null where it has none yet.
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function beginProviderLogin(
  { kv, now }: AccountStore,
  { browser, redirectUri, next }: {
    browser: string | null;
    redirectUri: string;
    next: string;
  },
): Promise<LoginProof & { browser: string }> {
  const secret = browser !== null && isSecret(browser) ? browser : newSecret();
  const [state, nonce, verifier] = [newSecret(), newSecret(), newSecret()];
  const login: ProviderLogin = {
    browser: sha256Hex(secret),
    nonce,
    verifier,
    redirect_uri: redirectUri,
    next,
    expires_at: now() + PROVIDER_LOGIN_MS,
  };
  await transact(async () => {
    const { ok } = await reach(() =>
      kv.set(keys.providerLogin(sha256Hex(state)), login, {
        expireIn: PROVIDER_LOGIN_MS,
      })
    );
    return ok || undefined;
  });
  return { state, nonce, verifier, browser: secret };
}

/**
 * The login that an answer belongs to; null if it is unknown, expired, or another browser's. It is
 * deleted by that: a response counts once, whatever the result.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function takeProviderLogin(
  { kv, now }: AccountStore,
  state: string,
  browser: string | null,
): Promise<ProviderLogin | null> {
  if (!isSecret(state) || browser === null || !isSecret(browser)) return null;
  const key = keys.providerLogin(sha256Hex(state));
  return await transact(async () => {
    const entry = await reach(() => kv.get<ProviderLogin>(key));
    const login = entry.value;
    if (
      login === null || now() >= login.expires_at ||
      login.browser !== sha256Hex(browser)
    ) return null;
    const { ok } = await reach(() =>
      kv.atomic().check(entry).delete(key).commit()
    );
    return ok ? login : undefined;
  });
}
