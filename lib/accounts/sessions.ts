import { DAY, HOUR, MINUTE } from "../base/duration.ts";
import { reach, transact } from "../store/errors.ts";
import { keys } from "../store/keys.ts";
import { sha256Hex } from "../store/sha256.ts";
import { cutBytes } from "../base/text.ts";
import { isSecret, newSecret } from "./secret.ts";
import type { User } from "./user.ts";
import { type AccountReader, type AccountStore, getUser } from "./users.ts";

/** How long a session lasts, in milliseconds; an API token does not end by idling. */
export const SESSION_LIFETIMES = {
  browser: { absolute: 7 * DAY, idle: 12 * HOUR },
  api: { absolute: 90 * DAY, idle: Infinity },
} as const;

/** How stale `last_seen_at` may be: a request writes it at most this often, in milliseconds. */
const TOUCH_MS = 10 * MINUTE;

/** With more sessions than this, a user's oldest ends, so that a script cannot fill the store. */
const MAX_SESSIONS = 100;

/** Who holds the secret: a browser in a cookie, or a script as a bearer token. */
export type SessionKind = keyof typeof SESSION_LIFETIMES;

/** A session as it is stored, under the SHA-256 of its secret. Times are epoch milliseconds. */
export interface Session {
  user_id: string;
  kind: SessionKind;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  ip_address: string;
  user_agent: string | null;
  /** The user's `session_epoch` when the login began. */
  epoch: number;
}

/** A session and its user. */
export interface SignedIn {
  user: User;
  session: Session;
  /** The SHA-256 of the secret: identifies the session, but grants no access. */
  id: string;
}

/** From where a session was begun. */
export type SessionOrigin = Pick<
  Session,
  "kind" | "ip_address" | "user_agent"
>;

/**
 * Begins a session for a user whose password was just checked. The secret is never stored. Where
 * the user was changed since it was read, the session is already invalid.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function createSession(
  { kv, now }: AccountStore,
  user: User,
  { kind, ip_address, user_agent }: SessionOrigin,
): Promise<{ secret: string; session: Session }> {
  const secret = newSecret();
  const id = sha256Hex(secret);
  const at = now();
  const lifetime = SESSION_LIFETIMES[kind].absolute;
  const session: Session = {
    user_id: user.id,
    kind,
    created_at: at,
    last_seen_at: at,
    expires_at: at + lifetime,
    ip_address,
    user_agent: user_agent === null ? null : cutBytes(user_agent, 256),
    epoch: user.session_epoch,
  };
  await transact(async () => {
    const { ok } = await reach(() =>
      kv.atomic()
        .set(keys.session(id), session, { expireIn: lifetime })
        .set(keys.userSession(user.id, id), at, { expireIn: lifetime })
        .commit()
    );
    return ok || undefined;
  });
  const ids = await sessionIds({ kv }, user.id);
  await destroy({ kv }, user.id, ids.slice(0, -MAX_SESSIONS));
  return { secret, session };
}

/**
 * The session of a secret, or null: unknown, expired, idle for too long, or its user disabled,
 * deleted or signed out everywhere. Two reads, and a write every ten minutes.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function resolveSession(
  { kv, now }: AccountStore,
  secret: string,
): Promise<SignedIn | null> {
  if (!isSecret(secret)) return null;
  const id = sha256Hex(secret);
  const entry = await reach(() => kv.get<Session>(keys.session(id)));
  const session = entry.value;
  const at = now();
  if (session === null || isOver(session, at)) return null;
  const user = await getUser({ kv }, session.user_id);
  if (user === null || !isAliveFor(session, user)) return null;
  if (at - session.last_seen_at >= TOUCH_MS) {
    session.last_seen_at = at;
    await touch(kv, entry, session, at);
  }
  return { user, session, id };
}

/**
 * Ends a session by its id, as a list of sessions offers it; it is invalid in all processes when
 * this resolves.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function destroySessionById(
  { kv }: AccountReader,
  id: string,
): Promise<void> {
  const { value } = await reach(() => kv.get<Session>(keys.session(id)));
  if (value !== null) await destroy({ kv }, value.user_id, [id]);
}

/**
 * Ends a user's sessions and tokens, all or all but one.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function destroyAllOf(
  { kv }: AccountReader,
  userId: string,
  exceptId?: string,
): Promise<void> {
  const ids = await sessionIds({ kv }, userId);
  await destroy({ kv }, userId, ids.filter((id) => id !== exceptId));
}

/**
 * A user's active sessions, newest first.
 *
 * @throws {StoreDownError} when the store fails or hangs.
 */
export async function listSessionsOf(
  { kv, now }: AccountStore,
  user: User,
): Promise<{ id: string; session: Session }[]> {
  const ids = await sessionIds({ kv }, user.id);
  const found = await Promise.all(
    ids.reverse().map(async (id) => ({
      id,
      session: (await reach(() => kv.get<Session>(keys.session(id)))).value,
    })),
  );
  const at = now();
  return found.filter((item): item is { id: string; session: Session } =>
    item.session !== null && !isOver(item.session, at) &&
    isAliveFor(item.session, user)
  );
}

/** Whether a session has ended by age or by idling at a time (epoch ms). */
export function isOver(session: Session, at: number): boolean {
  const idleUntil = session.last_seen_at + SESSION_LIFETIMES[session.kind].idle;
  return at >= session.expires_at || at >= idleUntil;
}

function isAliveFor(session: Session, user: User): boolean {
  return user.is_active && session.epoch === user.session_epoch;
}

/** The ids of a user's sessions, oldest first. */
export async function sessionIds(
  { kv }: AccountReader,
  userId: string,
): Promise<string[]> {
  const rows = await reach(() =>
    Array.fromAsync(
      kv.list<number>({ prefix: keys.userSessions(userId) }, {
        batchSize: 500,
      }),
      ({ key, value }) => ({ id: String(key.at(-1)), value }),
    )
  );
  return rows.sort((a, b) => a.value - b.value).map(({ id }) => id);
}

async function destroy(
  { kv }: AccountReader,
  userId: string,
  ids: string[],
): Promise<void> {
  for (let i = 0; i < ids.length; i += 100) {
    await transact(async () => {
      const commit = kv.atomic();
      for (const id of ids.slice(i, i + 100)) {
        commit.delete(keys.session(id)).delete(keys.userSession(userId, id));
      }
      return (await reach(() => commit.commit())).ok || undefined;
    });
  }
}

async function touch(
  kv: Deno.Kv,
  entry: Deno.KvEntryMaybe<Session>,
  session: Session,
  at: number,
): Promise<void> {
  const expireIn = session.expires_at - at;
  try {
    // The check prevents restoring a session that was ended since it was read.
    await reach(() =>
      kv.atomic().check(entry).set(entry.key, session, { expireIn }).commit()
    );
  } catch {
    // The request can go on; the next one tries again.
  }
}
