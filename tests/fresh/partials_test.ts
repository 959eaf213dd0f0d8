import { assert, assertEquals } from "@std/assert";
import { Builder } from "fresh/dev";
import { body, FIXTURE } from "./_helpers.ts";
import { createApp } from "./fixture/main.ts";

const app = createApp();
(await new Builder({ root: FIXTURE }).build({ snapshot: "memory" }))(app);

Deno.test("partials: f-client-nav shows its value, false too", async () => {
  const html = await body(app, "/nav/a");
  assert(html.includes('<div f-client-nav="true">'));
  assert(html.includes('id="opt-out" href="/nav/b" f-client-nav="false"'));
});

Deno.test("Head: a page's title and meta take the place of the layout's", async () => {
  const html = await body(app, "/");
  const head = /<head>(.*)<\/head>/.exec(html)![1]!;
  assertEquals(
    head,
    '<meta charset="utf-8"/><title>Home</title><meta name="description" content="of the page"/>',
  );
});
