import type { Outcome } from "../log/request_record.ts";

/**
 * What a trusted proxy says of who sent a request.
 *
 * @example
 * ```ts
 * import type { RemoteUser } from "@portcullis/portcullis/guard";
 *
 * const isEditor = ({ roles }: RemoteUser) => roles?.includes("editor") ?? false;
 * ```
 */
export interface RemoteUser {
  /** As it says; null where it says something that cannot be a name, or more than one. */
  name: string | null;
  /** The roles or groups, where a field for them is read. */
  roles: string[] | null;
}

/**
 * Who sent a request, as far as the guard and what stands behind it have found out.
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
  /** The client's canonical address (RFC 5952), never a header's bare claim. */
  ip: string;
  /** Set once the session is known, for the request log. */
  username: string | null;
  /** Set by a throttle that refused the request. */
  outcome: Outcome;
  /** Whom a trusted proxy says it is (`REMOTE_USER_HEADER`); left out where it says nothing. */
  remote?: RemoteUser;
  /** What was seen in the request when it arrived: a mask of `SIGNALS`. */
  signals?: number;
  /** The policy's rule that decided, for the request log. */
  rule?: string | null;
  /** Fields about limits that the answer has to have; the guard adds them to a `Response` itself. */
  limitFields?: Record<string, string>;
  /** To be called when an answer that is no `Response` has been sent: the request is open until then. */
  release?: () => void;
}
