import { assertEquals } from "@std/assert";
import { App, type Context, type PageProps } from "fresh";
import { h } from "preact";
import { body, mark, record, send } from "./_helpers.ts";

const ok = () => new Response("ok");

Deno.test("App: each method registers its verb and returns the app", async () => {
  const app = new App();
  for (
    const verb of ["get", "post", "put", "patch", "delete", "head"] as const
  ) {
    assertEquals(app[verb](`/${verb}`, () => new Response(verb)), app);
    const response = await send(app, `/${verb}`, {
      method: verb.toUpperCase(),
    });
    assertEquals(response.status, 200);
    assertEquals(await response.text(), verb === "head" ? "" : verb);
  }
  assertEquals((await send(app, "/get", { method: "POST" })).status, 405);
});

Deno.test("App: all() answers every verb", async () => {
  const app = new App().all("/x", ok);
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    assertEquals(await body(app, "/x", { method }), "ok");
  }
});

Deno.test("App: a verb takes middlewares before its handler", async () => {
  const app = new App().get("/x", mark("a"), mark("b"), ok);
  assertEquals((await send(app, "/x")).headers.get("trail"), "a b");
});

Deno.test("App: a route has the middlewares that came before it", async () => {
  const app = new App()
    .use(mark("a"), mark("b"))
    .get("/early", ok)
    .use(mark("c"))
    .get("/late", ok);
  assertEquals((await send(app, "/early")).headers.get("trail"), "a b");
  assertEquals((await send(app, "/late")).headers.get("trail"), "a b c");
});

Deno.test("App: use(path) covers the path and all below it, by segment", async () => {
  const app = new App()
    .use("/p", mark("p"))
    .use("/:id/q", mark("pattern"))
    .get("/p", ok)
    .get("/p/x", ok)
    .get("/p/x/:y", ok)
    .get("/pq", ok)
    .get("/:id/q/z", ok);
  const trail = async (path: string) =>
    (await send(app, path)).headers.get("trail");
  assertEquals(await trail("/p"), "p");
  assertEquals(await trail("/p/x"), "p");
  assertEquals(await trail("/p/x/1"), "p");
  assertEquals(await trail("/pq"), null);
  assertEquals(await trail("/1/q/z"), "pattern");
});

Deno.test("App: use('*') and use('/') are for every request", async () => {
  const app = new App().use("*", mark("a")).use("/", mark("b")).get("/x", ok);
  assertEquals((await send(app, "/x")).headers.get("trail"), "a b");
});

Deno.test("App: layouts and the app wrapper freeze with the route", async () => {
  const wrap = (name: string) => ({ Component }: PageProps) =>
    h("div", { class: name }, h(Component, null));
  const page = { component: () => h("p", null, "page") };
  const app = new App()
    .route("/early", page)
    .layout("/", wrap("layout"))
    .layout("/in", wrap("inner"))
    .appWrapper(wrap("app"))
    .route("/late", page)
    .route("/in/side", page)
    .layout("/in", wrap("too-late"));
  const classes = async (path: string) =>
    [...(await body(app, path)).matchAll(/class="([^"]+)"/g)].map((m) => m[1]);
  assertEquals(await classes("/early"), []);
  assertEquals(await classes("/late"), ["app", "layout"]);
  assertEquals(await classes("/in/side"), ["app", "layout", "inner"]);
});

Deno.test("App: notFound works when it is registered later", async () => {
  const app = new App()
    .get("/x", ok)
    .notFound((ctx) => ctx.text("nothing here", { status: 404 }));
  const response = await send(app, "/y");
  assertEquals(response.status, 404);
  assertEquals(await response.text(), "nothing here");
});

Deno.test("App: basePath comes before every route", async () => {
  const seen: string[] = [];
  const app = new App({ basePath: "/base" }).use(record(seen)).get("/x", ok);
  assertEquals(await body(app, "/base/x"), "ok");
  assertEquals((await send(app, "/x")).status, 404);
  assertEquals(seen, ["GET 200", "GET thrown 404"]);
});

Deno.test("App: handler() takes the peer's address for tests", async () => {
  const app = new App().get("/", (ctx: Context<unknown>) => {
    const { hostname } = ctx.info.remoteAddr as Deno.NetAddr;
    return ctx.text(hostname);
  });
  const response = await app.handler()(new Request("http://localhost/"), {
    remoteAddr: { transport: "tcp", hostname: "203.0.113.9", port: 1 },
    completed: Promise.resolve(),
  });
  assertEquals(await response.text(), "203.0.113.9");
});

Deno.test("App: fsRoutes() without a build adds nothing", async () => {
  const app = new App().fsRoutes().get("/x", ok);
  assertEquals(await body(app, "/x"), "ok");
});
