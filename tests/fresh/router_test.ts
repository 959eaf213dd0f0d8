import { assertEquals } from "@std/assert";
import { App, type Context } from "fresh";
import { body, send } from "./_helpers.ts";

const say = (text: string) => () => new Response(text);
const params = (ctx: Context<unknown>) => ctx.json(ctx.params);

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

Deno.test("router: // and dot segments match what they stand for", async () => {
  const app = new App().get("/a/b", say("ab"));
  for (const path of ["//a//b", "/a/./b", "/x/../a/b"]) {
    const request = new Request("http://localhost/");
    // As passed on by a server: the Request constructor would normalize it.
    Object.defineProperty(request, "url", { value: "http://localhost" + path });
    assertEquals(await (await app.handler()(request)).text(), "ab", path);
  }
});

Deno.test("pattern: other forms stay a URLPattern", async () => {
  const app = new App().get("/n/:id(\\d+)", params).get("/{o/}?p", params);
  assertEquals(await body(app, "/n/12"), '{"id":"12"}');
  assertEquals((await send(app, "/n/x")).status, 404);
  assertEquals((await send(app, "/o/p")).status, 200);
});
