/**
 * In each kind of app the visitor is typed, which `deno check` verifies. The test then checks in
 * each app that the typed visitor exists at run time.
 *
 * @module
 */
import {
  type GuardedInfo,
  portcullis,
  type Visitor,
} from "@portcullis/portcullis";
import { nodeHandler, type VisitedMessage } from "@portcullis/portcullis/node";
import { assertEquals } from "@std/assert";
// @ts-types="npm:@types/express@^5.0.6"
import express from "express";
import { App } from "fresh";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;

/** Fails to compile unless the argument has exactly this type. */
function isVisitor<T>(visitor: T, _: Same<T, Visitor>): string {
  return (visitor as Visitor).ip;
}

const options = { kv: ":memory:", console: false } as const;
const peer: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "203.0.113.7", port: 50_000 },
  completed: Promise.resolve(),
};

async function ipSeen(
  served: (
    request: Request,
    info: Deno.ServeHandlerInfo,
  ) => Response | Promise<Response>,
): Promise<string> {
  const response = await served(new Request("http://localhost/"), peer);
  return await response.text();
}

Deno.test("A plain handler's info.visitor is a Visitor, and `deno serve` takes what is made of it", async () => {
  await using gate = portcullis(options);
  const served = {
    fetch: gate.around((_, info) =>
      new Response(isVisitor(info.visitor, true))
    ),
  } satisfies Deno.ServeDefaultExport;
  assertEquals(await ipSeen(served.fetch), "203.0.113.7");
});

Deno.test("Fresh's state has the visitor that it declares, in middlewares and routes", async () => {
  interface State {
    visitor: Visitor;
    title: string;
  }
  await using gate = portcullis(options);
  const app: App<State> = gate.enclose(new App<State>());
  app.use((ctx) => {
    ctx.state.title = isVisitor(ctx.state.visitor, true);
    return ctx.next();
  }).get("/", (ctx) => new Response(isVisitor(ctx.state.visitor, true)));
  assertEquals(await ipSeen(app.handler()), "203.0.113.7");
});

Deno.test("Hono's c.env.visitor is a Visitor by Bindings, and by a middleware c.var.visitor by Variables", async () => {
  await using gate = portcullis(options);
  type Env = { Bindings: GuardedInfo; Variables: { visitor: Visitor } };
  const known = createMiddleware<Env>(async (c, next) => {
    c.set("visitor", c.env.visitor);
    await next();
  });
  const app = new Hono<Env>().use(known).get(
    "/",
    (c) =>
      c.text(
        `${isVisitor(c.env.visitor, true)} ${isVisitor(c.var.visitor, true)}`,
      ),
  );
  assertEquals(
    await ipSeen(gate.around(app.fetch)),
    "203.0.113.7 203.0.113.7",
  );
});

Deno.test("Express has the visitor in its request, and in its locals by a middleware", async () => {
  await using gate = portcullis(options);
  interface Locals {
    visitor: Visitor;
  }
  const app = express();
  app.use((request, response, next) => {
    const { visitor } = request as typeof request & VisitedMessage;
    response.locals["visitor"] = visitor;
    isVisitor(visitor, true);
    next();
  });
  app.get(
    "/",
    (_, response: express.Response<unknown, Locals>) =>
      void response.send(isVisitor(response.locals.visitor, true)),
  );
  assertEquals(
    await ipSeen(gate.around(nodeHandler(app))),
    "203.0.113.7",
  );
});

Deno.test("A listener of node:http is given a request with a Visitor", async () => {
  await using gate = portcullis(options);
  const handler = nodeHandler((request, response) =>
    response.end(isVisitor(request.visitor, true))
  );
  assertEquals(await ipSeen(gate.around(handler)), "203.0.113.7");
});

Deno.test("`authorize` and an app's own state are given a Visitor, too", async () => {
  await using gate = portcullis({
    ...options,
    authorize: (_, visitor) => isVisitor(visitor, true) !== "",
  });
  // The key for Oak's ctx.request.source, as Oak makes a request of its own.
  const visitors = new WeakMap<Request, Visitor>();
  const served = gate.around((request, { visitor }) => {
    visitors.set(request, visitor);
    return new Response(visitors.get(request)?.ip);
  });
  assertEquals(await ipSeen(served), "203.0.113.7");
});
