import type { Guard } from "./guard.ts";
import {
  answeringFaults,
  enclose,
  type FreshApp,
  type VisitorHandler,
} from "./enclose.ts";
import { NO_INFO, peerAddress, withVisitor } from "./info.ts";
import {
  controlsOf,
  type GuardControls,
  type Guarding,
  type GuardOptions,
  type LazyGuard,
  lazyGuard,
} from "./lazy_guard.ts";
import type { Visitor } from "./visitor.ts";

/**
 * The part of Fresh's context that the guard reads.
 *
 * @example
 * ```ts
 * import { type FreshContext, guard } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * using kv = await Deno.openKv(":memory:");
 * await using gate = guard({ kv });
 * const ctx: FreshContext = {
 *   req: new Request("http://localhost/"),
 *   info: { remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 1 } },
 *   state: {},
 *   next: () => Promise.resolve(new Response("Hello")),
 * };
 * assertEquals(await (await gate(ctx)).text(), "Hello");
 * ```
 */
export interface FreshContext {
  /** The request. */
  req: Request;
  /** The address at the other end of the connection. */
  info: { remoteAddr: Deno.Addr; visitor?: Visitor };
  /** State that middlewares set for routes; the visitor is put there. */
  state: unknown;
  /** Calls the next handler. */
  next(): Promise<Response>;
}

/**
 * A Fresh middleware, with {@linkcode GuardControls}.
 *
 * @example
 * ```ts
 * import { guard, type GuardMiddleware } from "@portcullis/portcullis/guard";
 *
 * using kv = await Deno.openKv(":memory:");
 * const gate: GuardMiddleware = guard({ kv });
 * await gate.ready();
 * await gate.close();
 * ```
 */
export type GuardMiddleware = FreshGuard & GuardControls;

/**
 * A Fresh middleware that can also wrap an app.
 *
 * @example
 * ```ts
 * import { type FreshGuard, guard } from "@portcullis/portcullis/guard";
 * import { App } from "fresh";
 *
 * using kv = await Deno.openKv(":memory:");
 * await using gate = guard({ kv });
 * const around: FreshGuard = gate;
 * const app = around.enclose(new App()).get("/", (ctx) => ctx.text("Hello"));
 * ```
 */
export type FreshGuard =
  & ((ctx: FreshContext) => Promise<Response>)
  & {
    /**
     * Puts the guard around a whole app, so that also requests that Fresh refuses before any
     * middleware runs are guarded and logged. If called before routes are added, it sets
     * `ctx.state.visitor` for them. Returns the app.
     */
    enclose<T extends EnclosableApp>(app: T): T;
  };

/**
 * The part of a Fresh app that {@linkcode GuardMiddleware} needs.
 *
 * @example
 * ```ts
 * import { type EnclosableApp, guard } from "@portcullis/portcullis/guard";
 * import { assertEquals } from "@std/assert";
 *
 * // The least that an app needs, such as a router of your own.
 * const app: EnclosableApp = {
 *   use: () => {},
 *   handler: () => () => Promise.resolve(new Response("Hello")),
 * };
 * using kv = await Deno.openKv(":memory:");
 * await using gate = guard({ kv });
 * const response = await gate.enclose(app).handler()(
 *   new Request("http://localhost/"),
 * );
 * assertEquals(await response.text(), "Hello");
 * ```
 */
export interface EnclosableApp extends FreshApp {
  /** Adds a middleware. */
  // deno-lint-ignore no-explicit-any
  use(middleware: (ctx: any) => Promise<Response>): unknown;
}

/**
 * The guard for Fresh 2: `gate.enclose(app)`, so that every request passes it. It can also be the
 * first middleware of a part of an app, though Fresh refuses some requests before any. Sets
 * `ctx.state.visitor`.
 *
 * @throws {ConfigError} if an option is invalid.
 *
 * @example
 * ```ts
 * import { guard } from "@portcullis/portcullis/guard";
 * import { App } from "fresh";
 *
 * using kv = await Deno.openKv(":memory:");
 * await using gate = guard({ kv });
 * const app = gate.enclose(new App())
 *   .get("/", (ctx) => ctx.text("Hello"));
 * ```
 */
export function guard(options: GuardOptions): GuardMiddleware {
  const lazy = lazyGuard(options);
  return Object.assign(freshGuard(lazy), controlsOf(lazy));
}

/**
 * The middleware and `enclose()` of {@linkcode guard}, for any lazy guard.
 *
 * @param inside Wraps the handler between the guard and an enclosed app.
 */
export function freshGuard<T extends Guarding>(
  lazy: LazyGuard<T>,
  inside: (next: VisitorHandler) => VisitorHandler = (next) => next,
): FreshGuard {
  const enclosed = new WeakSet<Visitor>();
  function portcullisGuard(ctx: FreshContext): Promise<Response> {
    const { visitor } = ctx.info;
    if (visitor && enclosed.has(visitor)) {
      (ctx.state as { visitor: Visitor }).visitor = visitor;
      return ctx.next();
    }
    const peer = peerAddress(ctx.info.remoteAddr);
    return Promise.resolve(lazy.handle(ctx.req, peer, (visitor, timely) => {
      (ctx.state as { visitor: Visitor }).visitor = visitor;
      // Later handlers read the timed body.
      ctx.req = timely;
      return ctx.next();
    }));
  }
  return Object.assign(portcullisGuard, {
    enclose<T extends EnclosableApp>(app: T): T {
      app.use(portcullisGuard);
      enclose(app, (inner) => {
        const answer = inside(answeringFaults(
          inner,
          (error) => lazy.report("sys_error", error),
        ));
        return function portcullisHandler(request, info = NO_INFO) {
          const peer = peerAddress(info.remoteAddr);
          return Promise.resolve(
            lazy.handle(request, peer, (visitor, timely) => {
              enclosed.add(visitor);
              return answer(timely, withVisitor(info, visitor));
            }),
          );
        };
      });
      return app;
    },
  });
}

/**
 * {@linkcode guard} for a guard that is already open; its opener also closes it. Bodies are not
 * inspected: their first reader has to pass them on complete.
 */
export function middlewareOf(
  guard: Guard,
): (ctx: FreshContext) => Promise<Response> {
  return function portcullisGuard(ctx) {
    const peer = peerAddress(ctx.info.remoteAddr);
    const visitor = guard.identify(ctx.req.headers, peer);
    (ctx.state as { visitor: Visitor }).visitor = visitor;
    return Promise.resolve(
      guard.handle(ctx.req, visitor, () => ctx.next()),
    );
  };
}
