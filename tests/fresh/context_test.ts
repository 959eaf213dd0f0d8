import { assert, assertEquals } from "@std/assert";
import { App, type Context, type Middleware } from "fresh";
import { h } from "preact";
import { body, send } from "./_helpers.ts";

/** The context of a request to `path`, after `use` has run with it. */
async function answer(
  use: Middleware<unknown>,
  path = "/",
  init?: RequestInit,
): Promise<Response> {
  return await send(new App().get("/*", use), path, init);
}

Deno.test("Context: has its fields at the start", async () => {
  let ctx!: Context<unknown>;
  const app = new App().get("/x/:id", (c) => {
    ctx = c;
    return c.text("");
  });
  const req = new Request("http://localhost/x/1?a=b");
  await app.handler()(req);
  assertEquals(ctx.req, req);
  assertEquals(ctx.url.href, "http://localhost/x/1?a=b");
  assertEquals(ctx.route, "/x/:id");
  assertEquals(ctx.params, { id: "1" });
  assertEquals(ctx.state, {});
  assertEquals(ctx.data, undefined);
  assertEquals(ctx.error, null);
  assertEquals(ctx.isPartial, false);
  assertEquals(ctx.config.mode, "production");
  assertEquals((ctx.info.remoteAddr as Deno.NetAddr).transport, "tcp");
});

Deno.test("Context: route is null where nothing matched", async () => {
  const routes: (string | null)[] = [];
  const app = new App().use((ctx) => {
    routes.push(ctx.route);
    return ctx.next();
  }).get("/a/:b", () => new Response());
  await send(app, "/a/1");
  await send(app, "/b");
  assertEquals(routes, ["/a/:b", null]);
});

Deno.test("Context: url has // collapsed, req.url is raw", async () => {
  const response = await answer(
    (ctx) => ctx.json([ctx.url.pathname, new URL(ctx.req.url).pathname]),
    "/a//b",
  );
  assertEquals(await response.json(), ["/a/b", "/a//b"]);
});

Deno.test("Context: url believes a proxy only where it is told to", async () => {
  const headers = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "example.org",
  };
  for (const trustProxy of [false, true]) {
    const app = new App({ trustProxy })
      .get("/", (ctx) => ctx.text(ctx.url.origin));
    assertEquals(
      await body(app, "/", { headers }),
      trustProxy ? "https://example.org" : "http://localhost",
    );
  }
});

Deno.test("Context: state passes from middlewares to the handler", async () => {
  const app = new App<{ n: number }>()
    .use((ctx) => {
      ctx.state.n = 1;
      return ctx.next();
    })
    .use((ctx) => {
      ctx.state.n++;
      return ctx.next();
    })
    .get("/", (ctx) => ctx.json(ctx.state));
  assertEquals(await body(app, "/"), '{"n":2}');
});

Deno.test("Context: a redirect's headers can be set", async () => {
  const app = new App()
    .use(async (ctx) => {
      const response = await ctx.next();
      response.headers.set("a", "b");
      return response;
    })
    .get("/", (ctx) => ctx.redirect("/x"));
  assertEquals((await send(app, "/")).headers.get("a"), "b");
});

Deno.test("Context: text(), html() and json() set their type and take an init", async () => {
  const init = { status: 201, headers: { a: "b" } };
  const cases: [Middleware<unknown>, string, string][] = [
    [(ctx) => ctx.text("t", init), "text/plain;charset=UTF-8", "t"],
    [(ctx) => ctx.html("<p>", init), "text/html; charset=utf-8", "<p>"],
    [(ctx) => ctx.json({ x: 1 }, init), "application/json", '{"x":1}'],
  ];
  for (const [use, type, text] of cases) {
    const response = await answer(use);
    assertEquals(response.status, 201);
    assertEquals(response.headers.get("a"), "b");
    assertEquals(response.headers.get("content-type"), type);
    assertEquals(await response.text(), text);
  }
});

Deno.test("Context: stream() takes an iterable or a function, without a type", async () => {
  async function* parts() {
    yield "a";
    await Promise.resolve();
    yield "b";
  }
  for (const source of [["a", "b"], parts(), parts]) {
    const response = await answer((ctx) => ctx.stream(source));
    assertEquals(response.headers.get("content-type"), null);
    assertEquals(await response.text(), "ab");
  }
});

Deno.test("Context: render() takes an init and what to leave out", async () => {
  const app = new App()
    .layout("/", ({ Component }) => h("i", null, h(Component, null)))
    .appWrapper(({ Component }) => h("b", null, h(Component, null)))
    .get("/", (ctx) => {
      const { searchParams } = ctx.url;
      return ctx.render(h("p", null), { status: 418 }, {
        skipInheritedLayouts: searchParams.has("layouts"),
        skipAppWrapper: searchParams.has("app"),
      });
    });
  assertEquals((await send(app, "/")).status, 418);
  assert((await body(app, "/")).includes("<b><i><p></p></i></b>"));
  assert((await body(app, "/?layouts")).includes("<body><b><p></p></b>"));
  assert((await body(app, "/?app")).includes("<body><i><p></p></i>"));
});

Deno.test("Context: a root middleware renders inside the root's layout only", async () => {
  const app = new App()
    .use((ctx) =>
      ctx.url.search === "" ? ctx.next() : ctx.render(h("p", null, "blocked"))
    )
    .layout("/", ({ Component }) => h("i", null, h(Component, null)))
    .layout("/a", ({ Component }) => h("u", null, h(Component, null)))
    .get("/a/b", (ctx) => ctx.render(h("p", null)));
  assert((await body(app, "/a/b")).includes("<i><u><p></p></u></i>"));
  assert((await body(app, "/a/b?x")).includes("<body><i><p>blocked</p></i>"));
});

Deno.test("Context: a component gets its props", async () => {
  let keys: string[] = [];
  const app = new App().route("/", {
    component: (props) => {
      keys = Object.keys(props).sort();
      return null;
    },
  });
  await send(app, "/");
  assertEquals(keys, [
    "Component",
    "config",
    "data",
    "error",
    "info",
    "isPartial",
    "params",
    "req",
    "route",
    "state",
    "url",
  ]);
});

Deno.test("Context: text in a page is escaped", async () => {
  const evil = '"><script>alert(1)</script>$&';
  const app = new App().get(
    "/",
    (ctx) => ctx.render(h("p", { title: evil }, evil, "<!--frsh:body-->")),
  );
  const html = await body(app, "/");
  assert(!html.includes("<script>"), html);
  assert(html.includes("$&amp;"), html);
  assert(html.includes("&lt;!--frsh:body-->"), html);
});
