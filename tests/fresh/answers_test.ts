/**
 * Unexpected responses of Fresh 2.3.3. The stand-in gives the same, so that nothing depends on
 * features that upstream lacks.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { App, csrf, HttpError, page } from "fresh";
import { errorsLogged, send } from "./_helpers.ts";

const TEXT = "text/plain;charset=UTF-8";

/** Status, content type and body, without output of logs. */
async function answer<State>(
  app: App<State>,
  path: string,
  method = "GET",
  headers: Record<string, string> = {},
): Promise<[number, string | null, string]> {
  let answered: [number, string | null, string] = [0, null, ""];
  await errorsLogged(async () => {
    const response = await send(app, path, { method, headers });
    const type = response.headers.get("content-type");
    answered = [response.status, type, await response.text()];
  });
  return answered;
}

function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}

Deno.test("a method that there is no route function for is 500 before any middleware, where the path has a route", async () => {
  let seen = 0;
  const app = new App().use((ctx) => {
    seen++;
    return ctx.next();
  }).onError("/", () => new Response("not asked"))
    .get("/p/:id", () => new Response("got"));
  for (const method of ["FOO", "PROPFIND"]) {
    assertEquals(await answer(app, "/p/1", method), [
      500,
      TEXT,
      "Internal server error",
    ]);
  }
  assertEquals(seen, 0);
  assertEquals((await answer(app, "/none", "FOO"))[2], "not asked");
  assertEquals(seen, 1);
});

Deno.test("a parameter that cannot be decoded rejects, but for a method without a route", async () => {
  const app = new App().get("/p/:id", (ctx) => ctx.text(ctx.params.id!));
  for (const path of ["/p/%ff", "/p/%", "/p/%zz", "/p/%E0%A4%A"]) {
    await assertRejects(() => send(app, path), URIError);
    assertEquals((await answer(app, path, "POST"))[0], 405);
  }
  assertEquals((await answer(app, "/none%ff"))[0], 404);
  assertEquals((await answer(app, "/p/1?x=%ff"))[0], 200);
});

Deno.test("a host that makes no URL rejects, and one with a slash moves the path", async () => {
  const app = new App().get("/y/p", () => new Response("moved"))
    .get("/p", () => new Response("here"));
  const from = (host: string) => {
    const request = new Request("http://localhost/");
    // As a server makes it from a Host field.
    Object.defineProperty(request, "url", { value: `http://${host}/p` });
    return app.handler()(request);
  };
  for (const host of ["[", "a b", "%zz", "x:99999"]) {
    await assertRejects(() => from(host), TypeError);
  }
  assertEquals(await (await from("x/y")).text(), "moved");
  assertEquals(await (await from("u@h")).text(), "here");
});

Deno.test("OPTIONS and 405", async () => {
  const post = () => new Response("posted");
  const component = () => null;
  const app = new App()
    .get("/x", () => new Response("got"))
    .post("/x", post)
    .all("/all", (ctx) => ctx.text(ctx.req.method))
    .route("/component", { component })
    .route("/object", { handler: { POST: post } })
    .route("/both", { handler: { POST: post }, component })
    .route("/function", { handler: () => new Response("f") })
    .route("/lazy", () => Promise.resolve({ handler: { POST: post } }));
  const cases: [string, string, number, string | null][] = [
    ["OPTIONS", "/x", 204, "GET, POST"],
    ["OPTIONS", "/all", 200, null],
    ["OPTIONS", "/component", 200, null],
    ["OPTIONS", "/object", 204, "POST"],
    ["OPTIONS", "/both", 204, "POST, GET"],
    ["OPTIONS", "/function", 200, null],
    ["OPTIONS", "/lazy", 404, null],
    ["OPTIONS", "/none", 404, null],
    ["PUT", "/x", 405, null],
    ["GET", "/object", 405, null],
    ["PUT", "/both", 405, null],
    ["GET", "/lazy", 404, null],
    ["POST", "/component", 200, null],
    ["HEAD", "/both", 200, null],
  ];
  for (const [method, path, status, allow] of cases) {
    const response = await send(app, path, { method });
    await response.body?.cancel();
    assertEquals(
      [response.status, response.headers.get("allow")],
      [status, allow],
      `${method} ${path}`,
    );
  }
});

Deno.test("methods are routed in upper case, and stay as they were sent", async () => {
  const app = new App().patch("/x", (ctx) => ctx.text(ctx.req.method));
  assertEquals(
    await (await send(app, "/x", { method: "patch" })).text(),
    "patch",
  );
});

Deno.test("HttpError has no message of its own, and the name of its class", async () => {
  class Teapot extends HttpError {}
  assertEquals(new HttpError(404).message, "");
  assertEquals([new HttpError(404).name, new Teapot(418).name], [
    "HttpError",
    "Teapot",
  ]);
  const cases: [unknown, [number, string | null, string]][] = [
    [new HttpError(404), [404, TEXT, "Not Found"]],
    [new HttpError(400, "said"), [400, TEXT, "said"]],
    [new HttpError(500), [500, TEXT, "Internal Server Error"]],
    // deno-lint-ignore no-explicit-any
    ...[419, 499, 599].map((status): any => [
      new HttpError(status as 400),
      [status, null, ""],
    ]),
    [new Error("inside"), [500, TEXT, "Internal server error"]],
    ["text", [500, TEXT, "Internal server error"]],
  ];
  for (const [error, expected] of cases) {
    const app = new App().get("/", fail(error));
    assertEquals(await answer(app, "/"), expected);
    // In the process; a server sends no body.
    const [status] = await answer(app, "/", "HEAD");
    assertEquals(status, expected[0]);
  }
  const missing = new App().get("/", fail(new HttpError(404)));
  assertEquals((await answer(missing, "/", "HEAD"))[2], "Not Found");
});

Deno.test("what is no Response is 500", async () => {
  for (const value of [undefined, "text", page(1)]) {
    // deno-lint-ignore no-explicit-any
    const wrong = () => value as any;
    const app = new App().get("/", wrong);
    assertEquals((await answer(app, "/"))[0], 500);
    const behind = new App().use(wrong).get("/", () => new Response());
    assertEquals((await answer(behind, "/"))[0], 500);
  }
});

Deno.test("next() goes on where the chain is, and beyond its end is 404", async () => {
  const end = () => new Response("end");
  const twice = new App().use(async (ctx) => {
    await ctx.next();
    return await ctx.next();
  });
  assertEquals((await answer(twice.get("/", end), "/"))[0], 404);
  const answered = new App().use(async (ctx) => {
    await ctx.next();
    return await ctx.next();
  }).use(() => new Response("middle")).get("/", end);
  assertEquals((await answer(answered, "/"))[2], "end");
  const last = new App().get("/", (ctx) => ctx.next());
  assertEquals((await answer(last, "/"))[0], 404);
  const apart = new App().use(({ next }) => next()).get("/", end);
  assertEquals((await answer(apart, "/"))[2], "end");
});

Deno.test("routes and parameters as the context has them", async () => {
  const app = new App()
    .get("/o{/:x}?", (ctx) => ctx.text(ctx.route!))
    .get("/n/:id", (ctx) => ctx.text(`${Object.getPrototypeOf(ctx.params)}`))
    .get("/a b", () => new Response("never"))
    .get("/é", () => new Response("never"))
    .get("/s", () => new Response("without"))
    .get("/s/", () => new Response("with"));
  assertEquals((await answer(app, "/o/1"))[2], "/o/:x?");
  assertEquals((await answer(app, "/n/1"))[2], "null");
  assertEquals((await answer(app, "/a%20b"))[0], 404);
  assertEquals((await answer(app, "/%C3%A9"))[0], 404);
  assertEquals((await answer(app, "/s"))[2], "without");
  assertEquals((await answer(app, "/s/"))[2], "with");
});

Deno.test("redirects: // of this site is collapsed, anything else is sent as it is", async () => {
  for (
    const [to, expected] of [
      ["/a", "/a"],
      ["//evil.example/x", "/evil.example/x"],
      ["/a//b?next=//c", "/a/b?next=//c"],
      ["/\\evil.example", "/\\evil.example"],
      ["\\\\evil.example", "\\\\evil.example"],
      ["https://example.org//x", "https://example.org//x"],
    ]
  ) {
    const app = new App().get("/", (ctx) => ctx.redirect(to!));
    const { headers } = await send(app, "/");
    assertEquals(headers.get("location"), expected);
  }
});

Deno.test("a partial is asked for by any value, stays in the URL, and redirects carry it on", async () => {
  const app = new App()
    .get("/", (ctx) => ctx.text(`${ctx.isPartial} ${ctx.url.search}`))
    .get("/away", (ctx) => ctx.redirect("/x#h"));
  for (const query of ["?fresh-partial", "?fresh-partial=0"]) {
    assertEquals((await answer(app, `/${query}`))[2], `true ${query}`);
  }
  assertEquals(
    (await answer(app, "/?a=fresh-partial"))[2].slice(0, 5),
    "false",
  );
  const { headers } = await send(app, "/away?fresh-partial=1");
  assertEquals(headers.get("location"), "/x?fresh-partial=true#h");
});

Deno.test("notFound and error routes", async () => {
  const app = new App()
    .onError("/", () => new Response("error route"))
    .get("/a/b", fail(new HttpError(404)))
    .notFound((ctx) => ctx.text(`${ctx.error}`, { status: 404 }));
  assertEquals((await answer(app, "/a/b"))[2], "HttpError");
  assertEquals((await answer(app, "/none"))[2], "null");
  const gone = new App().notFound(fail(new HttpError(410, "gone")))
    .onError("/", () => new Response("not asked"));
  assertEquals(await answer(gone, "/x"), [410, TEXT, "gone"]);
  const byGet = new App()
    .onError("/a", { handler: { GET: () => new Response("shown") } })
    .get("/a/b", fail(new Error("x")))
    .post("/a/b", fail(new Error("x")));
  assertEquals((await answer(byGet, "/a/b"))[2], "shown");
  assertEquals(await answer(byGet, "/a/b", "POST"), [404, TEXT, "Not Found"]);
});

Deno.test("csrf(): OPTIONS passes to all(), and a request that names no origin passes", async () => {
  const app = new App().use(csrf()).all("/", () => new Response("ok"));
  const cases: [string, Record<string, string>, number][] = [
    ["GET", {}, 200],
    ["OPTIONS", { origin: "http://evil.example" }, 200],
    ["HEAD", { origin: "http://evil.example" }, 200],
    ["POST", {}, 200],
    ["POST", { origin: "http://evil.example" }, 403],
    ["POST", { origin: "http://localhost" }, 200],
    ["POST", { "sec-fetch-site": "same-site" }, 403],
    ["POST", { "sec-fetch-site": "none" }, 200],
  ];
  for (const [method, headers, status] of cases) {
    assertEquals((await answer(app, "/", method, headers))[0], status);
  }
});
