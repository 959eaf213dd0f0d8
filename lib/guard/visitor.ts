import type { Outcome } from "../log/request_record.ts";

/** Who sent a request, as far as the guard and what stands behind it have found out. */
export interface Visitor {
  /** The client's canonical address (RFC 5952), never a header's bare claim. */
  ip: string;
  /** Set once the session is known, for the request log. */
  username: string | null;
  /** Set by a throttle that refused the request. */
  outcome: Outcome;
}
