import { assert, assertEquals } from "@std/assert";
import { App } from "fresh";
import { Builder } from "fresh/dev";
import { createApp } from "./fixture/main.ts";
import { body, errorsLogged, FIXTURE, send } from "./_helpers.ts";

const build = await new Builder({ root: FIXTURE }).build({
  snapshot: "memory",
});

function builtApp() {
  const app = createApp();
  build(app);
  return app;
}

Deno.test("file routes: the most specific file answers", async () => {
  const app = builtApp();
  const texts: [string, string][] = [
    ["/", "<h1>home</h1>"],
    ["/users/me", "static me"],
    ["/users/7", "hello 7"],
    ["/users/7/8", "rest 7/8"],
    ["/users", "rest "],
    ["/grouped", "grouped"],
    ["/files", "file []"],
    ["/files/a", "file [a]"],
    ["/moved/here", "moved to here"],
    ["/by_method", "handlers"],
  ];
  for (const [path, text] of texts) {
    const html = await body(app, path);
    assert(html.includes(text), `${path}: ${html}`);
  }
  for (const path of ["/override", "/ignored", "/_helper", "/(_components)"]) {
    assert((await body(app, path)).includes("not found page"), path);
  }
});

Deno.test("file routes: _app and _layout wrap, groups have their own", async () => {
  const app = builtApp();
  const grouped = await body(app, "/grouped");
  assert(grouped.startsWith('<!DOCTYPE html><html lang="en">'));
  assert(
    grouped.includes(
      '<div class="root-layout"><section class="group-layout"><p>grouped</p>',
    ),
    grouped,
  );
  assert(!(await body(app, "/users/me")).includes("group-layout"));
});

Deno.test("file routes: config skips layouts and the app wrapper", async () => {
  const app = builtApp();
  const layouts = await body(app, "/skip/layouts");
  assert(layouts.includes('<div class="own-layout"><p>own layout only'));
  assert(!layouts.includes("root-layout") && layouts.includes("Fixture"));
  assertEquals(
    await body(app, "/skip/app"),
    '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><p>bare</p></body></html>',
  );
});

Deno.test("file routes: config.methods limits the methods", async () => {
  const app = builtApp();
  assertEquals(await body(app, "/only_get"), "only get");
  assertEquals((await send(app, "/only_get", { method: "POST" })).status, 405);
});

Deno.test("file routes: _middleware may be an array, run after the root's", async () => {
  assert(
    (await body(builtApp(), "/inner")).includes("root > first > second"),
  );
});

Deno.test("file routes: use(path) covers files in groups too", async () => {
  const app = new App<{ trail: string[] }>()
    .use("/inner", () => new Response("guarded"))
    .fsRoutes();
  build(app);
  assertEquals(await body(app, "/inner"), "guarded");
});

Deno.test("file routes: handlers win, and a missing method is 404", async () => {
  const app = builtApp();
  assertEquals(await body(app, "/by_method", { method: "PUT" }), "put");
  const post = await send(app, "/by_method", { method: "POST" });
  assert((await post.text()).includes("not found page"));
  const options = await send(app, "/by_method", { method: "OPTIONS" });
  assertEquals(options.headers.get("allow"), "GET, PUT, HEAD, OPTIONS");
});

Deno.test("file routes: a page that is only a component answers POST", async () => {
  const response = await send(builtApp(), "/users/me", { method: "POST" });
  assertEquals(response.status, 200);
  assert((await response.text()).includes("static me"));
});

Deno.test("file routes: _404 answers 200, _error and _500 the error's status", async () => {
  const app = builtApp();
  const missing = await send(app, "/nothing/here");
  assertEquals(missing.status, 200);
  assert((await missing.text()).includes('root-layout"><p>not found page'));
  await errorsLogged(async () => {
    const failed = await send(app, "/failing");
    assertEquals(failed.status, 500);
    assert((await failed.text()).includes("inner error page: boom"));
    const teapot = await send(app, "/failing?status=418");
    assertEquals(teapot.status, 418);
    const notFound = await send(app, "/failing?status=404");
    assert((await notFound.text()).includes("not found page"));
  });
  const bad = await send(app, "/users/%E0%A4%A");
  assertEquals(bad.status, 400);
  assert((await bad.text()).includes("error page: 400"));
});

Deno.test("file routes: fsRoutes(prefix) moves them below a path", async () => {
  const app = new App().fsRoutes("/sub");
  build(app);
  assert((await body(app, "/sub/users/7")).includes("hello 7"));
  assert((await body(app, "/sub")).includes("home"));
  assert(!(await body(app, "/users/7")).includes("hello 7"));
});
