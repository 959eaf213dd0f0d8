import { messageOf } from "../base/error_words.ts";

/** What went wrong: see {@linkcode OutboundError}. */
export type OutboundFailure =
  /** The URL itself cannot be used. */
  | "url"
  /** The address is not one of the internet, and no permission was given. */
  | "address"
  | "dns"
  | "connect"
  | "tls"
  /** The other end does not speak HTTP, or broke off. */
  | "protocol"
  | "redirect"
  | "timeout"
  | "size"
  /** The caller's signal came. */
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

/** The words of an error that came from below, on one line and not long. */
export function wordsOf(error: unknown): string {
  const words = messageOf(error);
  return words.split("\n", 1)[0]!.replace(/\s*\(os error \d+\)/, "")
    .slice(0, 200);
}
