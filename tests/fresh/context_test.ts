import { assert, assertEquals } from "@std/assert";
import { App, type Context, type Middleware } from "fresh";
import { Fragment, h, type VNode } from "preact";
import { body, send } from "./_helpers.ts";

/** The context of a request to `path`, after `use` has worked on it. */
async function answer(
  use: Middleware,
  path = "/",
  init?: RequestInit,
): Promise<Response> {
  return await send(new App().get("/*", use), path, init);
}

Deno.test("Context: has its fields at the start", async () => {
  let ctx!: Context;
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
      ctx.state = { n: 1 };
      return ctx.next();
    })
    .use((ctx) => {
      ctx.state.n++;
      return ctx.next();
    })
    .get("/", (ctx) => ctx.json(ctx.state));
  assertEquals(await body(app, "/"), '{"n":2}');
});

Deno.test("Context: next() may be called again after it is done", async () => {
  let calls = 0;
  const app = new App()
    .use(async (ctx) => {
      await ctx.next();
      return await ctx.next();
    })
    .use((ctx) => ctx.next())
    .get("/", (ctx) => ctx.text(String(++calls)));
  assertEquals(await body(app, "/"), "2");
});

Deno.test("Context: redirect() collapses // in paths only", async () => {
  const cases = [
    ["/a", "/a"],
    ["//evil.example/x", "/evil.example/x"],
    ["/\\evil.example", "/evil.example"],
    ["/a//b?next=//c", "/a/b?next=//c"],
    ["https://example.org//x", "https://example.org//x"],
  ];
  for (const [to, location] of cases) {
    const response = await answer((ctx) => ctx.redirect(to!));
    assertEquals(response.status, 302);
    assertEquals(response.headers.get("location"), location);
  }
  assertEquals((await answer((ctx) => ctx.redirect("/", 303))).status, 303);
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
  const cases: [Middleware, string, string][] = [
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
    yield new TextEncoder().encode("b");
  }
  for (const source of [["a", "b"], parts(), parts]) {
    const response = await answer((ctx) => ctx.stream(source));
    assertEquals(response.headers.get("content-type"), null);
    assertEquals(await response.text(), "ab");
  }
});

Deno.test("Context: a stream that is left ends its source", async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) {
        await Promise.resolve();
        yield "x";
      }
    } finally {
      ended = true;
    }
  }
  const response = await answer((ctx) => ctx.stream(endless));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals(ended, true);
});

Deno.test("Context: render() is HTML and adds what is missing around it", async () => {
  // deno-lint-ignore no-explicit-any
  const cases: [VNode<any> | null, string][] = [
    [
      h("p", null, "x"),
      '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><p>x</p></body></html>',
    ],
    [
      null,
      '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body></body></html>',
    ],
    [
      h("html", { lang: "en" }, h("body", null, "x")),
      '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body>x</body></html>',
    ],
    [
      h(
        "html",
        null,
        h("head", null, h("title", null, "t")),
        h("p", null, "x"),
      ),
      "<!DOCTYPE html><html><head><title>t</title></head><body><p>x</p></body></html>",
    ],
    [
      h(Fragment, null, h("head", null), h("body", { class: "b" }, "x")),
      '<!DOCTYPE html><html><head></head><body class="b">x</body></html>',
    ],
  ];
  for (const [vnode, html] of cases) {
    const response = await answer((ctx) => ctx.render(vnode));
    assertEquals(
      response.headers.get("content-type"),
      "text/html; charset=utf-8",
    );
    assertEquals(await response.text(), html);
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

Deno.test("Context: components may be async and may answer with a Response", async () => {
  const later = <T>(value: T) => Promise.resolve(value);
  const app = new App()
    .route("/async", { component: async () => h("p", null, await later("a")) })
    .route("/promise", { component: () => later(h("p", null, "p")) })
    .route("/response", { component: () => new Response("r") })
    .route("/later", { component: async () => await later(new Response("l")) })
    .layout("/", async ({ Component, url }) => {
      if (url.search !== "") return await later(new Response("layout"));
      return h("i", null, h(Component, null));
    })
    .route("/inside", {
      component: async () => h("p", null, await later("i")),
    });
  assert((await body(app, "/async")).includes("<p>a</p>"));
  assert((await body(app, "/promise")).includes("<p>p</p>"));
  assertEquals(await body(app, "/response"), "r");
  assertEquals(await body(app, "/later"), "l");
  assert((await body(app, "/inside")).includes("<i><p>i</p></i>"));
  assertEquals(await body(app, "/inside?x"), "layout");
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

Deno.test("Context: links show where the page is", async () => {
  const nav = h(
    "nav",
    null,
    ...["/", "/a", "/a/b", "/a/b/", "/ab", "//a"]
      .map((href) => h("a", { href }, href)),
  );
  const app = new App().get("/a/b", (ctx) => ctx.render(nav))
    .get("/a", (ctx) => ctx.render(nav));
  const links = async (path: string) =>
    [...(await body(app, path)).matchAll(/<a href="([^"]+)"([^>]*)>/g)]
      .map((m) => `${m[1]}${m[2]}`);
  const current = ' aria-current="page" data-current="true"';
  assertEquals(await links("/a/b"), [
    "/",
    '/a data-ancestor="true"',
    "/a/b" + current,
    "/a/b/" + current,
    "/ab",
    "//a",
  ]);
  // The same vnode again: nothing of the last request sticks to it.
  assertEquals(await links("/a"), [
    "/",
    "/a" + current,
    "/a/b",
    "/a/b/",
    "/ab",
    "//a",
  ]);
});
