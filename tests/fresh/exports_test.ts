import { assertEquals } from "@std/assert";
import {
  type Context,
  createDefine,
  type CSPOptions,
  type CsrfOptions,
  type Define,
  type FreshConfig,
  type HandlerByMethod,
  type HandlerFn,
  type LayoutConfig,
  type Method,
  type Middleware,
  page,
  type PageResponse,
  type RouteConfig,
  type RouteHandler,
} from "fresh";

interface State {
  user: string;
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;

function holds<_Type extends true>(): void {}

Deno.test("exports: the types of an app's vocabulary exist", () => {
  const method: Method = "GET";
  const options: [CsrfOptions, CSPOptions, FreshConfig, RouteConfig] = [
    { origin: ["http://a", "http://b"] },
    { reportOnly: true, reportTo: "/r", csp: [], useNonce: true },
    { basePath: "", mode: "production", trustProxy: false },
    { routeOverride: "/x", skipAppWrapper: true, csp: true, methods: "ALL" },
  ];
  const layout: LayoutConfig = { skipInheritedLayouts: true };
  const fn: HandlerFn<string, State> = (ctx) => page(ctx.state.user);
  const byMethod: HandlerByMethod<string, State> = { GET: fn };
  const route: RouteHandler<string, State>[] = [fn, byMethod];
  const middleware: Middleware<State> = (ctx: Context<State>) => {
    ctx.state.user = "someone";
    return ctx.next();
  };
  const response: PageResponse<number> = page(1);
  assertEquals(
    [method, options, layout, route, middleware, response].length,
    6,
  );
});

Deno.test("createDefine(): gives back what it gets", () => {
  const define: Define<State> = createDefine<State>();
  const fn = () => new Response();
  const component = () => null;
  assertEquals(define.handlers({ GET: fn }), { GET: fn });
  assertEquals(define.handlers(fn), fn);
  assertEquals(define.middleware(fn), fn);
  assertEquals(define.middleware([fn, fn]), [fn, fn]);
  assertEquals(define.page(component), component);
  assertEquals(define.layout(component), component);
});

Deno.test("createDefine(): page<typeof handler> infers the data", () => {
  const define = createDefine<State>();
  const handler = define.handlers({
    GET: (ctx) => page({ name: ctx.state.user }),
    async POST(ctx) {
      await ctx.req.text();
      if (ctx.state.user === "") return ctx.redirect("/");
      return page({ name: "posted" }, { status: 201 });
    },
  });
  define.page<typeof handler>(({ data, state }) => {
    holds<Equal<typeof data.name, string>>();
    // @ts-expect-error the data has no such field
    data.nothing;
    holds<Equal<typeof state, State>>();
    return data.name;
  });

  // Each method may have data of its own.
  const both = define.handlers({
    GET: () => page({ a: 1 }),
    POST: () => page({ b: "" }),
  });
  define.page<typeof both>(({ data }) => "a" in data ? data.a : data.b);

  const single = define.handlers((ctx) => page(ctx.url.href.length));
  define.page<typeof single>(({ data }) => {
    holds<Equal<typeof data, number>>();
    return data;
  });
  define.page(async ({ state }) => {
    holds<Equal<typeof state, State>>();
    return await Promise.resolve(new Response());
  });
});

Deno.test("createDefine(): a handler's context has the app's state", () => {
  const define = createDefine<State>();
  define.handlers({
    GET(ctx) {
      holds<Equal<typeof ctx.state, State>>();
      // @ts-expect-error the state has no such field
      ctx.state.nothing;
      return new Response();
    },
  });
  // @ts-expect-error a handler answers
  define.handlers({ GET: () => 1 });
  define.middleware((ctx) => {
    holds<Equal<typeof ctx, Context<State>>>();
    return ctx.next();
  });
});

Deno.test("page(): holds data, status and headers", () => {
  assertEquals(page().data, undefined);
  assertEquals(page({ a: 1 }).data, { a: 1 });
  const { data, status, headers } = page("x", {
    status: 404,
    headers: { a: "b" },
  });
  assertEquals([data, status, headers], ["x", 404, { a: "b" }]);
});
