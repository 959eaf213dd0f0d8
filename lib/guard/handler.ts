import {
  controlsOf,
  type GuardControls,
  type GuardOptions,
  lazyGuard,
} from "./lazy_guard.ts";
import { type GuardedInfo, peerAddress, withVisitor } from "./info.ts";

/**
 * A handler for `Deno.serve`, with {@linkcode GuardControls}.
 *
 * @example
 * ```ts
 * import { type GuardedHandler, guardHandler } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const guarded: GuardedHandler = guardHandler(() => new Response("Hello"), {
 *   kv,
 * });
 * await guarded.ready();
 * await guarded.close();
 * ```
 */
export type GuardedHandler =
  & ((
    request: Request,
    info: Deno.ServeHandlerInfo,
  ) => Response | Promise<Response>)
  & GuardControls;

/**
 * Puts the guard around any handler of `Deno.serve`, Hono's `app.fetch` among them. The handler
 * finds the visitor in `info.visitor`, which is `c.env.visitor` in Hono.
 *
 * @throws {ConfigError} if an option is invalid.
 *
 * @example
 * ```ts
 * import { guardHandler } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * await using guarded = guardHandler(
 *   (_request, { visitor }) => new Response(`Hello, ${visitor.ip}`),
 *   { kv },
 * );
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 0 }, guarded);
 * await server.shutdown();
 * ```
 */
export function guardHandler(
  handler: (
    request: Request,
    info: GuardedInfo,
  ) => Response | Promise<Response>,
  options: GuardOptions,
): GuardedHandler {
  const lazy = lazyGuard(options);
  function portcullisHandler(
    request: Request,
    info: Deno.ServeHandlerInfo,
  ): Response | Promise<Response> {
    return lazy.handle(
      request,
      peerAddress(info.remoteAddr),
      (visitor, timely) => handler(timely, withVisitor(info, visitor)),
    );
  }
  return Object.assign(portcullisHandler, controlsOf(lazy));
}
