import { assert, assertEquals } from "@std/assert";
import { App, staticFiles } from "fresh";
import { Builder } from "fresh/dev";
import { asset } from "fresh/runtime";
import { body, FIXTURE, send } from "./_helpers.ts";

const build = await new Builder({ root: FIXTURE }).build({
  snapshot: "memory",
});

function app() {
  const app = new App().use(staticFiles())
    .get("/page", (ctx) => ctx.text("a page")).fsRoutes();
  build(app);
  return app;
}

Deno.test("staticFiles(): passes on what is no file", async () => {
  assertEquals(await body(app(), "/page"), "a page");
  const without = new App().use(staticFiles())
    .get("/hello.txt", () => new Response("no build"));
  assertEquals(await body(without, "/hello.txt"), "no build");
});

Deno.test("staticFiles(): HEAD has no body, other methods are 405", async () => {
  const head = await send(app(), "/hello.txt", { method: "HEAD" });
  assertEquals([head.status, head.body], [200, null]);
  assertEquals(head.headers.get("content-length"), "12");
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const response = await send(app(), "/hello.txt", { method });
    assertEquals(response.status, 405);
  }
});

Deno.test("staticFiles(): no ranges", async () => {
  const response = await send(app(), "/hello.txt", {
    headers: { range: "bytes=0-1" },
  });
  assertEquals(response.status, 200);
  assertEquals(await response.text(), "hello static");
});

Deno.test("asset(): img and source have it by themselves", async () => {
  assert((await body(app(), "/")).includes(`src="${asset("/logo.svg")}"`));
});
