import { assert } from "@std/assert";
import { signal } from "@preact/signals";
import { Builder } from "fresh/dev";
import { h } from "preact";
import { body, FIXTURE } from "./_helpers.ts";
import { createApp } from "./fixture/main.ts";

const app = createApp();
(await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(app);

Deno.test("islands: a page without any has no script", async () => {
  assert(!(await body(app, "/")).includes("<script"));
});

Deno.test("islands: without a build they are plain components", async () => {
  const { default: Counter } = await import("./fixture/islands/Counter.tsx");
  const plain = createApp().get(
    "/plain",
    (ctx) => ctx.render(h(Counter, { id: "x", count: signal(1) })),
  );
  const html = await body(plain, "/plain");
  assert(html.includes('id="x"') && !html.includes("frsh:"), html);
});
