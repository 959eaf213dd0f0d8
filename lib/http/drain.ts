import { delay } from "../base/delay.ts";
import { withHeaders } from "./with_headers.ts";

/** A request handler, as for `Deno.serve`. */
export type Handler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Response | Promise<Response>;

/**
 * How long the server still accepts requests after the signal, in milliseconds. A server that
 * closes its idle connections at once also closes those on which a request is just arriving.
 */
const LAST_REQUESTS_MS = 200;

/** A {@linkcode Handler} that can be shut down without dropping a request. */
export interface Drainable {
  handler: Handler;
  /** Waits for clients to close their connections, then runs `close`. */
  drain(close: () => Promise<void>): Promise<void>;
}

/**
 * Makes a handler drainable: from `drain()` on, each response is the last of its connection and
 * says so by `Connection: close` (RFC 9112, section 9.6).
 */
export function drainable(handler: Handler): Drainable {
  let answer = handler;
  return {
    handler: (request, info) => answer(request, info),
    async drain(close) {
      answer = async (request, info) => {
        const response = await handler(request, info);
        // A connection that was upgraded to a WebSocket is no longer closed by HTTP.
        if (response.status === 101) return response;
        return withHeaders(
          response,
          (headers) => headers.set("connection", "close"),
        );
      };
      await delay(LAST_REQUESTS_MS);
      await close();
    },
  };
}
