/** What a user may do. */
export type Role = "user" | "admin";

/** Who else authenticates users: a trusted proxy, or an OpenID Connect provider. */
export type UserSource = "proxy" | "provider";

/** An account as it is stored. Times are in milliseconds since the epoch. */
export interface User {
  id: string;
  /** As chosen, NFC; compared by its folded form only. */
  username: string;
  role: Role;
  /** A PHC string; empty where others check who it is. */
  password_hash: string;
  created_at: number;
  is_active: boolean;
  password_changed_at: number;
  /** Somebody else chose the password, and it has to be changed before anything else. */
  must_change_password?: boolean;
  /**
   * Raised with every change that ends the user's sessions. A session is bound to the number that
   * was true when its login began, so all of them become invalid in the commit that makes the
   * change.
   */
  session_epoch: number;
  /** Where nobody logs in with a password of ours. */
  source?: UserSource;
  /** A hash of the OpenID Connect provider's permanent id of the user. */
  subject?: string;
  /** Never stored: another app or a proxy says who this is; there is nothing here to log out of. */
  is_vouched_for?: true;
}

/** What others may see of an account; times are ISO 8601. */
export interface PublicUser {
  id: string;
  username: string;
  role: Role;
  created_at: string;
  is_active: boolean;
  /** Who authenticates the user in place of a password; absent otherwise. */
  source?: UserSource;
  /** Set while the password has to be changed first. */
  must_change_password?: true;
}

/** An account without its secrets. */
export function publicUser(user: User): PublicUser {
  const { id, username, role, created_at, is_active, source } = user;
  return {
    id,
    username,
    role,
    created_at: new Date(created_at).toISOString(),
    is_active,
    ...(source ? { source } : {}),
    ...(user.must_change_password ? { must_change_password: true } : {}),
  };
}

/** Whether a user counts as an admin who can act. */
export function isActiveAdmin(user: User): boolean {
  return user.role === "admin" && user.is_active;
}

/** A new id; ids sort by the time of their making. */
export function newUserId(now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(10)).toHex();
  return now.toString(16).padStart(12, "0") + random;
}
