import { assertEquals } from "@std/assert";
import { App, type Context } from "fresh";
import { body, send } from "./_helpers.ts";

const say = (text: string) => () => new Response(text);
const params = (ctx: Context) => ctx.json(ctx.params);

Deno.test("router: static paths beat patterns in any order", async () => {
  const app = new App()
    .get("/:id", say("pattern"))
    .get("/me", say("static"));
  assertEquals(await body(app, "/me"), "static");
  assertEquals(await body(app, "/you"), "pattern");
});

Deno.test("router: static paths match with and without a trailing slash", async () => {
  const app = new App().get("/a", say("a")).get("/b/", say("b"));
  for (const [path, text] of [["/a", "a"], ["/a/", "a"], ["/b", "b"]]) {
    const response = await send(app, path!);
    assertEquals([response.status, await response.text()], [200, text]);
  }
});

Deno.test("router: patterns do not match with a trailing slash", async () => {
  const app = new App().get("/a/:id", say("a"));
  assertEquals((await send(app, "/a/1")).status, 200);
  assertEquals((await send(app, "/a/1/")).status, 404);
});

Deno.test("router: the first pattern that matches decides, even about the method", async () => {
  const app = new App()
    .get("/:a", say("first"))
    .post("/:b", say("second"))
    .get("/:c", say("third"));
  assertEquals(await body(app, "/x"), "first");
  const response = await send(app, "/x", { method: "POST" });
  assertEquals(response.status, 405);
  assertEquals(response.headers.get("allow"), "GET, HEAD, OPTIONS");
});

Deno.test("router: params are decoded with decodeURI, missing ones are empty", async () => {
  const app = new App().get("/a/:id", params).get("/b/:opt?", params)
    .get("/c/:rest*", params);
  const get = async (path: string) => await (await send(app, path)).json();
  assertEquals(await get("/a/J%C3%BCrgen%20%2Fx"), { id: "Jürgen %2Fx" });
  assertEquals(await get("/b"), { opt: "" });
  assertEquals(await get("/b/1"), { opt: "1" });
  assertEquals(await get("/c"), { rest: "" });
  assertEquals(await get("/c/1/2"), { rest: "1/2" });
});

Deno.test("router: malformed percent-encoding is 400", async () => {
  const app = new App().get("/d/:x", params);
  assertEquals((await send(app, "/d/%E0%A4%A")).status, 400);
});

Deno.test("router: HEAD falls back to GET without its body", async () => {
  const app = new App().get(
    "/x",
    (ctx) => ctx.text("body", { headers: { a: "b" } }),
  );
  const response = await send(app, "/x", { method: "HEAD" });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("a"), "b");
  assertEquals(response.body, null);
});

Deno.test("router: OPTIONS is automatic", async () => {
  const app = new App().get("/x", say("get")).post("/x", say("post"))
    .route("/own", { handler: { OPTIONS: say("own") } });
  const response = await send(app, "/x", { method: "OPTIONS" });
  assertEquals(response.status, 204);
  assertEquals(response.headers.get("allow"), "GET, POST, HEAD, OPTIONS");
  assertEquals(await body(app, "/own", { method: "OPTIONS" }), "own");
});

Deno.test("router: an unknown verb on a known path is 405 with Allow", async () => {
  const app = new App().get("/x", say("get"));
  const response = await send(app, "/x", { method: "PROPFIND" });
  assertEquals(response.status, 405);
  assertEquals(response.headers.get("allow"), "GET, HEAD, OPTIONS");
  assertEquals((await send(app, "/y", { method: "PROPFIND" })).status, 404);
});

Deno.test("router: // and dot segments match what they stand for", async () => {
  const app = new App().get("/a/b", say("ab"));
  for (const path of ["//a//b", "/a/./b", "/x/../a/b"]) {
    const request = new Request("http://localhost/");
    // As a server passes it on: a Request of our own would normalize it.
    Object.defineProperty(request, "url", { value: "http://localhost" + path });
    assertEquals(await (await app.handler()(request)).text(), "ab", path);
  }
});

Deno.test("router: a URL that cannot be parsed is 400", async () => {
  const app = new App()
    .onError("/", (ctx) => ctx.text(`at ${ctx.url.pathname}`, { status: 400 }))
    .get("/a", (ctx) => ctx.text(ctx.url.href));
  for (const url of ["http://[/b", "http://a b/a", "http://x:99999/a"]) {
    const request = new Request("http://localhost/");
    // As a server makes it of a Host header.
    Object.defineProperty(request, "url", { value: url });
    const response = await app.handler()(request);
    assertEquals([response.status, await response.text()], [400, "at /"]);
  }
});

Deno.test("pattern: other forms stay a URLPattern", async () => {
  const app = new App().get("/n/:id(\\d+)", params).get("/{o/}?p", params);
  assertEquals(await body(app, "/n/12"), '{"id":"12"}');
  assertEquals((await send(app, "/n/x")).status, 404);
  assertEquals((await send(app, "/o/p")).status, 200);
});
