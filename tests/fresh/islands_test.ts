import { assert, assertEquals } from "@std/assert";
import { signal } from "@preact/signals";
import { Builder } from "fresh/dev";
import { h } from "preact";
import { body, errorsLogged, FIXTURE } from "./_helpers.ts";
import { createApp } from "./fixture/main.ts";

const app = createApp();
(await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(app);

Deno.test("islands: a page has marks, data and a start script with the nonce", async () => {
  const html = await body(app, "/islands");
  assertEquals([...html.matchAll(/<!--frsh:island:\d-->/g)].length, 6);
  assert(html.includes("<!--frsh:slot:0--><em"), "a slot that is shown");
  assert(html.includes('<template id="frsh-slot-1">'), "and one that is not");
  assertEquals([...html.matchAll(/<script type="module"/g)].length, 1);
  const script = /<script type="module" nonce="(\w{32})">(.*?)<\/script>/
    .exec(html)!;
  assert(script[2]!.startsWith('import{boot}from"/_fresh/js/'));
  assertEquals(html.match(/<\/script>/g)!.length, 2);
});

Deno.test("islands: a page without any has no script", async () => {
  assert(!(await body(app, "/")).includes("<script"));
});

Deno.test("islands: a function prop fails the page", async () => {
  const { default: Counter } = await import("./fixture/islands/Counter.tsx");
  const broken = createApp();
  (await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(broken);
  broken.get(
    "/broken",
    (ctx) => ctx.render(h(Counter, { id: "x", count: (() => 1) as never })),
  );
  const [error] = await errorsLogged(() => body(broken, "/broken"));
  assert(String(error).includes('island prop "[0][1].count"'), String(error));
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
