import { HOUR } from "../base/duration.ts";
import { type Device, listDevicesOf } from "../accounts/devices.ts";
import type { Session } from "../accounts/sessions.ts";
import { getUser } from "../accounts/users.ts";
import { keys } from "../store/keys.ts";

/** How recent a session must be to protect its address. */
const RECENT_MS = 24 * HOUR;
/** A device must be known for at least this long; otherwise signing up would protect anybody. */
const KNOWN_FOR_MS = 24 * HOUR;

/**
 * Addresses that must not be blocked automatically: those of sessions used in the last 24 hours
 * whose user is an admin, or has had a device with the same address for a day.
 */
export async function protectedAddresses(
  { kv, now }: { kv: Deno.Kv; now: () => number },
): Promise<Set<string>> {
  const at = now();
  const byUser = new Map<string, Session[]>();
  const sessions = kv.list<Session>({ prefix: keys.sessionsAll() }, {
    batchSize: 500,
  });
  for await (const { value } of sessions) {
    if (value.expires_at <= at || value.last_seen_at < at - RECENT_MS) continue;
    const known = byUser.get(value.user_id);
    if (known) known.push(value);
    else byUser.set(value.user_id, [value]);
  }

  const found = new Set<string>();
  for (const [userId, sessions] of byUser) {
    const user = await getUser({ kv }, userId);
    if (!user?.is_active) continue;
    const known = user.role === "admin"
      ? null
      : await knownAddresses({ kv, now }, userId);
    for (const { ip_address, epoch } of sessions) {
      if (epoch !== user.session_epoch) continue;
      if (known === null || known.has(ip_address)) found.add(ip_address);
    }
  }
  return found;
}

async function knownAddresses(
  store: { kv: Deno.Kv; now: () => number },
  userId: string,
): Promise<Set<string>> {
  const devices = await listDevicesOf(store, userId);
  const isKnown = ({ created_at }: Device) =>
    created_at <= store.now() - KNOWN_FOR_MS;
  return new Set(
    devices.map(({ device }) => device).filter(isKnown)
      .map(({ ip_address }) => ip_address),
  );
}
