import { assert, assertEquals } from "@std/assert";
import { App, HttpError, page } from "fresh";
import { h } from "preact";
import { body, errorsLogged, mark, record, send } from "./_helpers.ts";

const fail = (error: unknown) => () => {
  throw error;
};

Deno.test("HttpError: has a status, a message and a cause", () => {
  const cause = new Error("why");
  const error = new HttpError(418, "teapot", { cause });
  assertEquals([error.status, error.message], [418, "teapot"]);
  assertEquals(error.cause, cause);
  assert(error instanceof Error);
  assertEquals(new HttpError(404).message, "Not Found");
});

Deno.test("errors: an uncaught HttpError becomes text", async () => {
  const app = new App()
    .get("/message", fail(new HttpError(403, "no entry")))
    .get("/status", fail(new HttpError(403)));
  const logged = await errorsLogged(async () => {
    const response = await send(app, "/message");
    assertEquals(response.status, 403);
    assertEquals(await response.text(), "no entry");
    assertEquals(await body(app, "/status"), "Forbidden");
  });
  assertEquals(logged, []);
});

Deno.test("errors: a status of 500 or more is logged too", async () => {
  const error = new HttpError(503, "later");
  const app = new App().get("/", fail(error));
  const logged = await errorsLogged(async () => {
    const response = await send(app, "/");
    assertEquals(response.status, 503);
    assertEquals(await response.text(), "later");
  });
  assertEquals(logged, [error]);
});

Deno.test("errors: anything else is logged and 500, without its message", async () => {
  for (const error of [new Error("secret"), "secret", undefined]) {
    const app = new App().get("/", fail(error));
    const logged = await errorsLogged(async () => {
      const response = await send(app, "/");
      assertEquals(response.status, 500);
      assertEquals(await response.text(), "Internal Server Error");
    });
    assertEquals(logged, [error]);
  }
});

Deno.test("errors: development shows the stack, escaped", async () => {
  const app = new App({ mode: "development" })
    .get("/", fail(new Error("<b>", { cause: new Error("the cause") })));
  await errorsLogged(async () => {
    const html = await body(app, "/");
    assert(html.includes("Error: &lt;b&gt;") && !html.includes("<b>"), html);
    assert(html.includes("errors_test.ts") && html.includes("the cause"));
  });
});

Deno.test("errors: middlewares see the exception, not a response", async () => {
  const seen: string[] = [];
  const app = new App()
    .use(record(seen), mark("root"))
    .onError("/", (ctx) => ctx.text("answered", { status: 500 }))
    .get("/", fail(new Error("x")));
  const response = await send(app, "/");
  assertEquals(await response.text(), "answered");
  assertEquals(response.headers.get("trail"), null);
  assertEquals(seen, ["GET thrown error"]);
});

Deno.test("errors: onError() is for a path, inside the middlewares above it", async () => {
  const app = new App()
    .use(mark("root"))
    .use("/a", mark("a"))
    .onError("/a", (ctx) => ctx.text(`a: ${ctx.error}`))
    .get("/a/b", fail("x"))
    .get("/c", fail(new HttpError(400)));
  const response = await send(app, "/a/b");
  assertEquals(await response.text(), "a: x");
  assertEquals(response.headers.get("trail"), "root");
  assertEquals((await send(app, "/c")).status, 400);
});

Deno.test("errors: a route registered before onError() does not have it", async () => {
  const app = new App()
    .get("/early", fail(new HttpError(400)))
    .onError("/", () => new Response("answered"))
    .get("/late", fail(new HttpError(400)));
  assertEquals(await body(app, "/early"), "Bad Request");
  assertEquals(await body(app, "/late"), "answered");
});

Deno.test("errors: an error component has the error's status and layouts", async () => {
  const error = new Error("boom");
  const app = new App()
    .layout("/", ({ Component }) => h("i", null, h(Component, null)))
    .onError("/", {
      component: (props) => h("p", null, (props.error as Error).message),
    })
    .get("/500", fail(error))
    .get("/403", fail(new HttpError(403, "stop")));
  const logged = await errorsLogged(async () => {
    const response = await send(app, "/500");
    assertEquals(response.status, 500);
    assert((await response.text()).includes("<i><p>boom</p></i>"));
    const forbidden = await send(app, "/403");
    assertEquals(forbidden.status, 403);
    assert((await forbidden.text()).includes("stop"));
  });
  assertEquals(logged, [error]);
});

Deno.test("errors: what an error route throws goes on outwards", async () => {
  const app = new App()
    .onError("/", (ctx) => ctx.text(`outer: ${ctx.error}`))
    .onError("/a", fail("second"))
    .get("/a", fail("first"));
  assertEquals(await body(app, "/a"), "outer: second");
  const broken = new App().onError("/", fail(new HttpError(502)))
    .get("/", fail("first"));
  await errorsLogged(async () => {
    assertEquals((await send(broken, "/")).status, 502);
  });
});

Deno.test("errors: notFound catches a thrown 404 and wins over error routes", async () => {
  const app = new App()
    .onError("/", () => new Response("error route"))
    .onError("/a", () => new Response("inner error route"))
    .get("/a/b", fail(new HttpError(404)))
    .get("/c", fail(new HttpError(410)))
    .notFound((ctx) => ctx.text(`not found: ${ctx.error}`, { status: 404 }));
  assertEquals(await body(app, "/a/b"), "not found: HttpError: Not Found");
  assertEquals(await body(app, "/none"), "not found: HttpError: Not Found");
  assertEquals(await body(app, "/c"), "error route");
});

Deno.test("errors: a notFound component is 200 unless its handler says 404", async () => {
  const component = () => h("p", null, "nothing");
  const plain = new App().notFound({ component });
  assertEquals((await send(plain, "/x")).status, 200);
  const right = new App().notFound({
    component,
    handler: () => page(null, { status: 404 }),
  });
  const response = await send(right, "/x");
  assertEquals(response.status, 404);
  assert((await response.text()).includes("nothing"));
  assertEquals((await send(right, "/x", { method: "POST" })).status, 404);
});

Deno.test("errors: 405 keeps its Allow header on an error page", async () => {
  const app = new App().get("/x", () => new Response())
    .onError("/", { component: () => h("p", null, "sorry") });
  const response = await send(app, "/x", { method: "POST" });
  assertEquals(response.status, 405);
  assertEquals(response.headers.get("allow"), "GET, HEAD, OPTIONS");
  assert((await response.text()).includes("sorry"));
});

Deno.test("errors: page data without a component is an error", async () => {
  const app = new App().route("/", { handler: () => page(1) });
  const [error] = await errorsLogged(() => send(app, "/"));
  assert((error as Error).message.includes("expected a component"));
});

Deno.test("errors: the handler's promise is never rejected", async () => {
  const app = new App().use(fail(new Error("in a middleware")));
  await errorsLogged(async () => {
    assertEquals((await send(app, "/")).status, 500);
  });
});
