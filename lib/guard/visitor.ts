import type { Outcome } from "../log/request_record.ts";

/**
 * The user and roles that a trusted proxy names for a request.
 *
 * @example
 * ```ts
 * import type { RemoteUser } from "@portcullis/portcullis/guard";
 *
 * const isEditor = ({ roles }: RemoteUser) => roles?.includes("editor") ?? false;
 * ```
 */
export interface RemoteUser {
  /** The name; null if the field holds an invalid name, or more than one. */
  name: string | null;
  /** The roles or groups, if a field for them is configured. */
  roles: string[] | null;
}

/**
 * The client of a request, as known to the guard and the app behind it.
 *
 * @example
 * ```ts
 * import type { Visitor } from "@portcullis/portcullis/guard";
 *
 * // Has the request log say who is signed in.
 * function signIn(visitor: Visitor, username: string): void {
 *   visitor.username = username;
 * }
 * ```
 */
export interface Visitor {
  /** The client's canonical address (RFC 5952), never an untrusted header's claim. */
  ip: string;
  /** Set once the session is known, for the request log. */
  username: string | null;
  /** Set by a throttle that refused the request. */
  outcome: Outcome;
  /** The user named by a trusted proxy (`REMOTE_USER_HEADER`); left out if it names none. */
  remote?: RemoteUser;
  /** Set for an admin who uses the console, whose requests are not detected as attacks. */
  usesConsole?: boolean;
  /** Signals found in the request on arrival: a mask of `SIGNALS`. */
  signals?: number;
  /** The policy's rule that decided, for the request log. */
  rule?: string | null;
  /** Rate limit fields for the response; the guard adds them to a `Response` itself. */
  limitFields?: Record<string, string>;
  /**
   * To be called when a response other than a `Response` has been sent: the request is open until
   * then.
   */
  release?: () => void;
}
