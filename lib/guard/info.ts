import type { RequestHead } from "../http/request_view.ts";
import type { Visitor } from "./visitor.ts";

/**
 * The second argument of a guarded handler.
 *
 * @example
 * ```ts
 * import type { GuardedInfo } from "@portcullis/portcullis/guard";
 *
 * const handler = (_request: Request, { visitor }: GuardedInfo) =>
 *   new Response(`Hello, ${visitor.ip}`);
 * ```
 */
export interface GuardedInfo extends Deno.ServeHandlerInfo {
  /** Who sent the request. */
  visitor: Visitor;
  /**
   * The request's head, if it was already parsed.
   *
   * @internal
   */
  head?: RequestHead;
}

/** The address at the other end of a connection; empty for a unix socket. */
export function peerAddress(address: Deno.Addr): string {
  return "hostname" in address ? address.hostname : "";
}

/** For handlers that are called without a connection, as in tests. */
export const NO_INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "", port: 0 },
  completed: Promise.resolve(),
};

/** Wraps Deno's own object: it has getters that a copy would lose, and may be shared in tests. */
export function withVisitor(
  info: Deno.ServeHandlerInfo,
  visitor: Visitor,
  head?: RequestHead,
): GuardedInfo {
  return new VisitorInfo(info, visitor, head);
}

class VisitorInfo implements GuardedInfo {
  readonly #info: Deno.ServeHandlerInfo;
  readonly visitor: Visitor;
  readonly head: RequestHead | undefined;

  constructor(
    info: Deno.ServeHandlerInfo,
    visitor: Visitor,
    head: RequestHead | undefined,
  ) {
    this.#info = info;
    this.visitor = visitor;
    this.head = head;
  }

  get remoteAddr(): Deno.Addr {
    return this.#info.remoteAddr;
  }

  get completed(): Promise<void> {
    return this.#info.completed;
  }
}
