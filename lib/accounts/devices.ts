/**
 * Known devices: browsers that a user has logged in from. A login from one of them is counted by
 * itself, so that strangers who use up the budget of an account, or of an address, lock out only
 * each other (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
 *
 * @module
 */
import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";
import { cutBytes } from "../base/text.ts";
import { isSecret, newSecret } from "./secret.ts";
import type { User } from "./user.ts";
import type { AccountReader, AccountStore } from "./users.ts";
import { DAY } from "../base/duration.ts";

/** How long a device stays known after its last login, in milliseconds. */
export const DEVICE_LIFETIME_MS = 180 * DAY;

/** With more devices than this, the one a user has not used for longest is forgotten. */
const MAX_DEVICES = 20;

/** A device as it is stored, under the SHA-256 of its secret. Times are epoch milliseconds. */
export interface Device {
  user_id: string;
  created_at: number;
  /** When its user last logged in from it. */
  last_used_at: number;
  expires_at: number;
  ip_address: string;
  user_agent: string | null;
}

/** A device and its id: the SHA-256 of its secret, which grants no access. */
export interface KnownDevice {
  id: string;
  device: Device;
}

/** From where a device was last used. */
export type DeviceOrigin = Pick<Device, "ip_address" | "user_agent">;

/**
 * The known device that a cookie's secret belongs to, or null.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function findDevice(
  { kv, now }: AccountStore,
  secret: string,
): Promise<KnownDevice | null> {
  if (!isSecret(secret)) return null;
  const id = sha256Hex(secret);
  const { value: device } = await reach(() => kv.get<Device>(keys.device(id)));
  return device === null || now() >= device.expires_at ? null : { id, device };
}

/**
 * Makes the browser of a login a known device, or renews a known one; resolves to the secret for
 * its cookie. A secret of another user's, or one that was revoked, is not adopted.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function rememberDevice(
  store: AccountStore,
  user: Pick<User, "id">,
  { ip_address, user_agent }: DeviceOrigin,
  presented: string | null,
): Promise<string> {
  const { kv, now } = store;
  const found = presented === null ? null : await findDevice(store, presented);
  const known = found?.device.user_id === user.id ? found.device : null;
  const secret = known ? presented! : newSecret();
  const id = sha256Hex(secret);
  const at = now();
  const device: Device = {
    user_id: user.id,
    created_at: known?.created_at ?? at,
    last_used_at: at,
    expires_at: at + DEVICE_LIFETIME_MS,
    ip_address,
    user_agent: user_agent === null ? null : cutBytes(user_agent, 256),
  };
  const expireIn = DEVICE_LIFETIME_MS;
  await transact(async () => {
    const { ok } = await reach(() =>
      kv.atomic()
        .set(keys.device(id), device, { expireIn })
        .set(keys.userDevice(user.id, id), at, { expireIn })
        .commit()
    );
    return ok || undefined;
  });
  const ids = await deviceIds(store, user.id);
  await forget(store, user.id, ids.slice(MAX_DEVICES));
  return secret;
}

/**
 * A user's known devices, the last used first.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function listDevicesOf(
  store: AccountStore,
  userId: string,
): Promise<KnownDevice[]> {
  const ids = await deviceIds(store, userId);
  const found = await Promise.all(ids.map(async (id) => ({
    id,
    device: (await reach(() => store.kv.get<Device>(keys.device(id)))).value,
  })));
  const at = store.now();
  return found.filter((item): item is KnownDevice =>
    item.device !== null && at < item.device.expires_at
  );
}

/**
 * Forgets a known device; without `id`, all of a user's.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function forgetDevices(
  reader: AccountReader,
  userId: string,
  id?: string,
): Promise<void> {
  const ids = id === undefined ? await deviceIds(reader, userId) : [id];
  await forget(reader, userId, ids);
}

/**
 * Forgets all of a user's known devices but one.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function forgetDevicesBut(
  reader: AccountReader,
  userId: string,
  kept?: string,
): Promise<void> {
  const ids = await deviceIds(reader, userId);
  await forget(reader, userId, ids.filter((id) => id !== kept));
}

/** The ids of a user's devices, the last used first. */
async function deviceIds(
  { kv }: AccountReader,
  userId: string,
): Promise<string[]> {
  const rows = await reach(() =>
    Array.fromAsync(
      kv.list<number>({ prefix: keys.userDevices(userId) }),
      ({ key, value }) => ({ id: String(key.at(-1)), value }),
    )
  );
  return rows.sort((a, b) => b.value - a.value).map(({ id }) => id);
}

async function forget(
  { kv }: AccountReader,
  userId: string,
  ids: string[],
): Promise<void> {
  if (ids.length === 0) return;
  await transact(async () => {
    const commit = kv.atomic();
    for (const id of ids) {
      commit.delete(keys.device(id)).delete(keys.userDevice(userId, id));
    }
    return (await reach(() => commit.commit())).ok || undefined;
  });
}
