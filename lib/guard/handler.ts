import {
  controlsOf,
  type GuardControls,
  type GuardOptions,
  LazyGuard,
} from "./lazy_guard.ts";
import { peerAddress } from "./middleware.ts";
import type { Visitor } from "./visitor.ts";

/** What a guarded handler is told besides the request. */
export interface GuardedInfo extends Deno.ServeHandlerInfo {
  /** Who sent the request. */
  visitor: Visitor;
}

/** A handler for `Deno.serve`, with {@linkcode GuardControls}. */
export type GuardedHandler =
  & ((request: Request, info: Deno.ServeHandlerInfo) => Promise<Response>)
  & GuardControls;

/**
 * Puts the guard around any handler of `Deno.serve`, Hono's `app.fetch` among them. The handler
 * finds who sent the request in `info.visitor`, which is `c.env.visitor` in Hono.
 *
 * @throws {TypeError | SyntaxError | RangeError} where an option makes no sense.
 *
 * @example
 * ```ts ignore
 * import { guardHandler } from "./lib/guard/mod.ts";
 *
 * const kv = await Deno.openKv("./data/portcullis.db");
 * Deno.serve(guardHandler(() => new Response("Hello"), { kv }));
 * ```
 */
export function guardHandler(
  handler: (
    request: Request,
    info: GuardedInfo,
  ) => Response | Promise<Response>,
  options: GuardOptions,
): GuardedHandler {
  const lazy = new LazyGuard(options);
  function portcullisHandler(
    request: Request,
    info: Deno.ServeHandlerInfo,
  ): Promise<Response> {
    return lazy.handle(
      request,
      peerAddress(info.remoteAddr),
      (visitor) => handler(request, withVisitor(info, visitor)),
    );
  }
  return Object.assign(portcullisHandler, controlsOf(lazy));
}

/** Deno's own object has getters that a copy would lose, and may be shared in tests. */
function withVisitor(
  info: Deno.ServeHandlerInfo,
  visitor: Visitor,
): GuardedInfo {
  return {
    get remoteAddr() {
      return info.remoteAddr;
    },
    get completed() {
      return info.completed;
    },
    visitor,
  };
}
