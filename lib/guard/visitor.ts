import type { Outcome } from "../log/request_record.ts";

/** Who sent a request, as far as the guard and what stands behind it have found out. */
export interface Visitor {
  /** The client's canonical address (RFC 5952), never a header's bare claim. */
  ip: string;
  /** Set once the session is known, for the request log. */
  username: string | null;
  /** Set by a throttle that refused the request. */
  outcome: Outcome;
  /** What was seen in the request when it arrived: a mask of `SIGNALS`. */
  signals?: number;
  /** The policy's rule that decided, for the request log. */
  rule?: string | null;
  /** Fields about limits that the answer has to have; the guard adds them to a `Response` itself. */
  limitFields?: Record<string, string>;
  /** To be called when an answer that is no `Response` has been sent: the request is open until then. */
  release?: () => void;
}
