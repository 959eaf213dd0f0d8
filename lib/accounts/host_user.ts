/**
 * Somebody whom another app, a proxy or an identity provider vouches for. There is no account of
 * that name in the store, or it does not matter here.
 *
 * @module
 */
import { sha256Hex } from "../store/sha256.ts";
import type { Session, SignedIn } from "./sessions.ts";
import type { Role, User } from "./user.ts";

/** Where nobody says who it is. */
const UNNAMED = "host";

/** Who is signed in by somebody else's word, at a time (epoch ms). */
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
 * An account that a trusted proxy says a request is from. There is no session but the proxy's: each
 * request brings its word anew.
 */
export function signedInByProxy(
  user: User,
  ip_address: string,
  now: number,
): SignedIn {
  const id = sha256Hex(`portcullis by proxy ${user.id}`);
  return { id, user, session: sessionOf(user.id, ip_address, now) };
}

/** What stands for a session that is not ours to end. */
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
