import { assert, assertEquals } from "@std/assert";
import { App } from "fresh";
import { Builder } from "fresh/dev";
import { Head, Partial } from "fresh/runtime";
import { Fragment, h } from "preact";
import { body, errorsLogged, FIXTURE, send } from "./_helpers.ts";
import { createApp } from "./fixture/main.ts";

const app = createApp();
(await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(app);

Deno.test("partials: regions are marked with their name and mode", async () => {
  const html = await body(app, "/nav/a");
  assert(html.includes("<!--frsh:partial:main:replace--><h1>"), html);
  assert(html.includes("<!--frsh:partial:log:append--><li>"), html);
});

Deno.test("partials: f-client-nav shows its value, false too", async () => {
  const html = await body(app, "/nav/a");
  assert(html.includes('<div f-client-nav="true">'));
  assert(html.includes('id="opt-out" href="/nav/b" f-client-nav="false"'));
});

Deno.test("partials: a partial request knows it and gets data, but no script", async () => {
  const html = await body(app, "/nav/a?x=1&fresh-partial=true");
  assert(html.includes("page a ?x=1 partial"), html);
  assert(html.includes('<script type="application/json" id="frsh-data">'));
  assert(!html.includes('type="module"'));
  assert((await body(app, "/nav/a?fresh-partial=no")).includes("whole"));
});

Deno.test("partials: f-client-nav alone is reason for a script", async () => {
  const plain = new App().get(
    "/",
    (ctx) => ctx.render(h("p", { "f-client-nav": true }, "x")),
  );
  (await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(plain);
  assert((await body(plain, "/")).includes("boot([])"));
});

Deno.test("partials: a name is used once and cannot end its mark", async () => {
  const render = (...names: string[]) => {
    const page = new App().get("/", (ctx) =>
      ctx.render(h(
        Fragment,
        null,
        ...names.map((name) => h(Partial, { name }, "x")),
      )));
    return send(page, "/");
  };
  const html = await (await render("a-->b:c", "d")).text();
  assert(html.includes("<!--frsh:partial:a%2D%2D%3Eb%3Ac:replace-->"), html);
  await errorsLogged(async () => {
    assertEquals((await render("a", "a")).status, 500);
  });
});

Deno.test("Head: a page's title and meta take the place of the layout's", async () => {
  const html = await body(app, "/");
  const head = /<head>(.*)<\/head>/.exec(html)![1]!;
  assertEquals(
    head,
    '<meta charset="utf-8"/><title>Home</title><meta name="description" content="of the page"/>',
  );
});

Deno.test("Head: the last of equals wins, keys count, the rest adds up", async () => {
  const page = h(
    Fragment,
    null,
    h(Head, null, h("title", null, "first"), h("link", { href: "/a" })),
    h(
      Head,
      null,
      h("title", null, "second & last"),
      h("link", { href: "/b", key: "k" }),
      h("link", { href: "/c", key: "k" }),
    ),
  );
  const html = await body(
    new App().get("/", (ctx) => ctx.render(page)),
    "/",
  );
  assertEquals(
    /charset="utf-8">(.*)<\/head>/.exec(html)![1],
    '<link href="/a"/><title>second &amp; last</title><link href="/c"/>',
  );
});
