import { assert, assertEquals } from "@std/assert";
import { App } from "fresh";
import { Builder } from "fresh/dev";
import { createApp } from "./fixture/main.ts";
import { body, FIXTURE, send } from "./_helpers.ts";

const build = await new Builder({ root: FIXTURE }).build({
  snapshot: "memory",
});

function builtApp() {
  const app = createApp();
  build(app);
  return app;
}

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

Deno.test("file routes: _middleware may be an array, run after the root's", async () => {
  assert(
    (await body(builtApp(), "/inner")).includes("root > first > second"),
  );
});

Deno.test("file routes: a page that is only a component answers POST", async () => {
  const response = await send(builtApp(), "/users/me", { method: "POST" });
  assertEquals(response.status, 200);
  assert((await response.text()).includes("static me"));
});

Deno.test("file routes: fsRoutes(prefix) moves them below a path", async () => {
  const app = new App().fsRoutes("/sub");
  build(app);
  assert((await body(app, "/sub/users/7")).includes("hello 7"));
  assert((await body(app, "/sub")).includes("home"));
  assert(!(await body(app, "/users/7")).includes("hello 7"));
});
