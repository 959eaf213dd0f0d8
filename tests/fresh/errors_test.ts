import { assert, assertEquals } from "@std/assert";
import { App, HttpError, page } from "fresh";
import { h } from "preact";
import { body, errorsLogged, mark, record, send } from "./_helpers.ts";

const fail = (error: unknown) => () => {
  throw error;
};

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

Deno.test("errors: the handler's promise is never rejected", async () => {
  const app = new App().use(fail(new Error("in a middleware")));
  await errorsLogged(async () => {
    assertEquals((await send(app, "/")).status, 500);
  });
});
