import { messageOf } from "../base/error_words.ts";

/** The kind of failure: see {@linkcode OutboundError}. */
export type OutboundFailure =
  /** The URL itself cannot be used. */
  | "url"
  /** The address is not public, and `allowPrivate` is not set. */
  | "address"
  | "dns"
  | "connect"
  | "tls"
  /** The server does not speak HTTP, or closed the connection early. */
  | "protocol"
  | "redirect"
  | "timeout"
  | "size"
  /** The caller aborted. */
  | "aborted";

/**
 * A request to a configured address that failed. The message is one sentence that names the host
 * and never the path, the query or the credentials: in webhook URLs those are the secret.
 */
export class OutboundError extends Error {
  override name = "OutboundError";
  readonly failure: OutboundFailure;

  constructor(failure: OutboundFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** The message of a lower-level error, on one line and shortened. */
export function wordsOf(error: unknown): string {
  const words = messageOf(error);
  return words.split("\n", 1)[0]!.replace(/\s*\(os error \d+\)/, "")
    .slice(0, 200);
}
