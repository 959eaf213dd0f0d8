import type { Guard } from "./guard.ts";
import {
  controlsOf,
  type GuardControls,
  type GuardOptions,
  LazyGuard,
} from "./lazy_guard.ts";
import type { Visitor } from "./visitor.ts";

/** As much of Fresh's context as the guard reads. */
export interface FreshContext {
  req: Request;
  info: { remoteAddr: Deno.Addr };
  state: unknown;
  next(): Promise<Response>;
}

/** A Fresh middleware, with {@linkcode GuardControls}. */
export type GuardMiddleware =
  & ((ctx: FreshContext) => Promise<Response>)
  & GuardControls;

/**
 * The guard as a Fresh 2 middleware: the first one of an app, so that nothing gets past it. Leaves
 * who sent the request in `ctx.state.visitor`.
 *
 * @throws {TypeError | SyntaxError | RangeError} where an option makes no sense.
 *
 * @example
 * ```ts ignore
 * import { App } from "fresh";
 * import { guard } from "./lib/guard/mod.ts";
 *
 * const kv = await Deno.openKv("./data/portcullis.db");
 * export const app = new App()
 *   .use(guard({ kv }))
 *   .get("/", (ctx) => ctx.text("Hello"));
 * ```
 */
export function guard(options: GuardOptions): GuardMiddleware {
  const lazy = new LazyGuard(options);
  function portcullisGuard(ctx: FreshContext): Promise<Response> {
    return lazy.handle(ctx.req, peerAddress(ctx.info.remoteAddr), (visitor) => {
      (ctx.state as { visitor: Visitor }).visitor = visitor;
      return ctx.next();
    });
  }
  return Object.assign(portcullisGuard, controlsOf(lazy));
}

/** {@linkcode guard} of a guard that is open already; who opened it also closes it. */
export function middlewareOf(
  guard: Guard,
): (ctx: FreshContext) => Promise<Response> {
  return function portcullisGuard(ctx) {
    const peer = peerAddress(ctx.info.remoteAddr);
    const visitor = guard.identify(ctx.req.headers, peer);
    (ctx.state as { visitor: Visitor }).visitor = visitor;
    return guard.handle(ctx.req, visitor, () => ctx.next());
  };
}

/** The address at the other end of a connection; empty for a unix socket. */
export function peerAddress(address: Deno.Addr): string {
  return "hostname" in address ? address.hostname : "";
}
