/**
 * Users authenticated by an embedding app, a proxy or an identity provider. No account of that name
 * is needed in the store.
 *
 * @module
 */
import { sha256Hex } from "../store/sha256.ts";
import type { Session, SignedIn } from "./sessions.ts";
import type { Role, User } from "./user.ts";

/** The name if the app states none. */
const UNNAMED = "host";

/** The signed-in user that an embedding app authenticated, at a time (epoch ms). */
export function signedInByHost(
  username: string | null,
  role: Role,
  ip_address: string,
  now: number,
): SignedIn {
  const name = username || UNNAMED;
  const id = sha256Hex(`portcullis vouched for ${name}`);
  return {
    id,
    user: {
      id: `host:${id.slice(0, 24)}`,
      username: name,
      role,
      password_hash: "",
      created_at: 0,
      is_active: true,
      password_changed_at: 0,
      session_epoch: 0,
      is_vouched_for: true,
    },
    session: sessionOf(`host:${id.slice(0, 24)}`, ip_address, now),
  };
}

/**
 * An account named by a trusted proxy. There is no session here: the proxy names the user with each
 * request.
 */
export function signedInByProxy(
  user: User,
  ip_address: string,
  now: number,
): SignedIn {
  const id = sha256Hex(`portcullis by proxy ${user.id}`);
  return { id, user, session: sessionOf(user.id, ip_address, now) };
}

/** A placeholder for a session that is managed elsewhere. */
function sessionOf(user_id: string, ip_address: string, now: number): Session {
  return {
    user_id,
    kind: "browser",
    created_at: now,
    last_seen_at: now,
    expires_at: Number.MAX_SAFE_INTEGER,
    ip_address,
    user_agent: null,
    epoch: 0,
  };
}
