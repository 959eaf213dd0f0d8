/** Files in unusual places or with unusual contents: the behaviour of Fresh 2.3.3. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { App, staticFiles } from "fresh";
import { Builder } from "fresh/dev";
import { app } from "./odd/main.ts";
import { body, errorsLogged, ODD, send } from "./_helpers.ts";

const build = await new Builder({ root: ODD }).build({ snapshot: "memory" });
build(app);

/** Status and body, without output of logs. */
async function answer(path: string, method = "GET"): Promise<[number, string]> {
  let answered: [number, string] = [0, ""];
  await errorsLogged(async () => {
    const response = await send(app, path, { method });
    answered = [response.status, await response.text()];
  });
  return answered;
}

Deno.test("odd files: the innermost _404 answers for the whole app, and one _app wraps all of it", async () => {
  const pages = ["/", "/sub/deep/page"];
  const apps = await Promise.all(pages.map(async (path) => {
    const html = await body(app, path);
    return /class="(\w+)-app"/.exec(html)?.[1];
  }));
  assert(apps[0]);
  assertEquals(apps[1], apps[0]);
  for (const path of ["/none", "/sub/none", "/sub/deep/none"]) {
    const [status, html] = await answer(path);
    assertEquals(status, 200);
    assertStringIncludes(html, "nothing, says sub");
    assertStringIncludes(html, `class="${apps[0]}-app"`);
  }
});

Deno.test("odd files: a folder's _layout covers what lies in it, not the file beside it", async () => {
  assert(!(await body(app, "/folder")).includes("folder-layout"));
  assert((await body(app, "/folder/inner")).includes("folder-layout"));
});

Deno.test("odd files: a group is a segment of its own, which the same folder outside it does not cover", async () => {
  for (
    const [path, covered] of [["/inner/plain", true], [
      "/inner/page",
      false,
    ]] as const
  ) {
    const response = await send(app, path);
    const html = await response.text();
    assertEquals(html.includes("inner-layout"), covered, path);
    assertEquals(response.headers.has("marked"), covered, path);
  }
});

Deno.test("use(): a * at the end of a path is a part like any other, and covers nothing", async () => {
  const marked = new App().use("/g/*", async (ctx) => {
    const response = await ctx.next();
    response.headers.set("marked", "yes");
    return response;
  }).get("/g", () => new Response()).get("/g/h", () => new Response());
  for (const path of ["/g", "/g/h"]) {
    assertEquals((await send(marked, path)).headers.has("marked"), false, path);
  }
});

Deno.test("odd files: a route that exports nothing, or fails when it is imported, is 500 when it is asked for", async () => {
  for (
    const path of ["/nothing", "/types.d", "/failing_import", "/failing_import"]
  ) {
    assertEquals((await answer(path))[0], 500, path);
  }
  assertEquals((await answer("/nothing", "POST"))[0], 500);
});

Deno.test("odd files: a route without component and handler is 404", async () => {
  const bare = new App().route("/bare", {}).route(
    "/lazy",
    () => Promise.resolve({}),
  );
  for (const path of ["/bare", "/lazy"]) {
    assertEquals((await send(bare, path)).status, 404, path);
  }
  // So the app's own 404 page, which is 200.
  assertStringIncludes((await answer("/configured"))[1], "nothing, says sub");
});

Deno.test("odd files: a build in memory serves files that begin with a dot, and none with an ETag", async () => {
  const plain = new App().use(staticFiles());
  build(plain);
  for (
    const path of ["/.dot", "/.hidden/x.txt", "/.well-known/x.txt", "/i.svg"]
  ) {
    const response = await send(plain, path);
    await response.body?.cancel();
    assertEquals(
      [response.status, response.headers.get("etag")],
      [200, null],
      path,
    );
  }
  assertEquals(await body(plain, "/style.css"), await styled(plain));
});

/** The fixture's style sheet, with the build id in URLs of the site's files. */
async function styled(plain: App<unknown>): Promise<string> {
  const id = /__frsh_c=(\w+)/.exec(await body(plain, "/style.css"))?.[1];
  assert(id);
  const source = await Deno.readTextFile(
    new URL("./odd/static/style.css", import.meta.url),
  );
  return source.replace(/url\(\/i\.svg\)/, `url("/i.svg?__frsh_c=${id}")`)
    .replace(/url\('?(https:[^)']*)'?\)/, 'url("$1")');
}

Deno.test("odd props: functions are 500, what has no properties is {}, a symbol leaves the page's islands dead", async () => {
  const cases: Record<string, string | null> = {
    function: null,
    method: null,
    json: null,
    "jsx-of-component": null,
    error: "{}",
    promise: "{}",
    blob: "{}",
    headers: "{}",
    weak: "{}",
    buffer: "{}",
    instance: '{"x":5},1',
    floats: '{"0":5,"1":6},1,2',
    plain: '{"a":5},1',
    symbol: ",]",
    "symbol-inside": '{"a":5,"s":6,"b":7},1,,2',
  };
  for (const [kind, item] of Object.entries(cases)) {
    const [status, html] = await answer(`/island/${kind}`);
    assertEquals(status, item === null ? 500 : 200, kind);
    if (item === null) continue;
    assertStringIncludes(html, "<p>any</p>");
    // Upstream puts it into a string in its script, the stand-in into a data block.
    assertStringIncludes(html.replaceAll('\\"', '"'), item, kind);
  }
});

Deno.test("odd props: JSX is shown as children and as a prop, and data in a list", async () => {
  for (
    const [kind, isSlot] of [["jsx-prop", true], ["jsx-children", true], [
      "jsx",
      false,
    ]] as const
  ) {
    const [status, html] = await answer(`/island/${kind}`);
    assertEquals(status, 200);
    assertEquals(html.includes('<i class="c">t</i>'), isSlot, kind);
    assertEquals(/"Slot\\?"/.test(html), isSlot, kind);
  }
});
