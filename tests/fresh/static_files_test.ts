import { assert, assertEquals } from "@std/assert";
import { App, staticFiles } from "fresh";
import { Builder } from "fresh/dev";
import { asset, assetSrcSet } from "fresh/runtime";
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

Deno.test("staticFiles(): serves a file with its type and length", async () => {
  const response = await send(app(), "/hello.txt");
  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; charset=utf-8",
  );
  assertEquals(response.headers.get("content-length"), "12");
  assertEquals(await response.text(), "hello static");
});

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

Deno.test("staticFiles(): a weak ETag answers 304", async () => {
  const etag = (await send(app(), "/hello.txt")).headers.get("etag")!;
  assert(/^W\/"\w+"$/.test(etag), etag);
  const statuses: [string, number][] = [
    [etag, 304],
    [etag.slice(2), 304],
    [`"other", ${etag}`, 304],
    ["*", 304],
    ['"other"', 200],
  ];
  for (const [tag, status] of statuses) {
    const response = await send(app(), "/hello.txt", {
      headers: { "if-none-match": tag },
    });
    assertEquals(response.status, status, tag);
    assertEquals(response.headers.get("etag"), etag);
    await response.body?.cancel();
  }
});

Deno.test("staticFiles(): caches only addresses that change with the content", async () => {
  const cacheOf = async (path: string) => {
    const response = await send(app(), path);
    await response.body?.cancel();
    assertEquals(response.status, 200, path);
    return response.headers.get("cache-control")!;
  };
  const forever = "public, max-age=31536000, immutable";
  assert((await cacheOf("/hello.txt")).startsWith("no-cache"));
  assert((await cacheOf("/hello.txt?__frsh_c=old")).startsWith("no-cache"));
  assertEquals(await cacheOf(asset("/hello.txt")), forever);
  const script = /"(\/_fresh\/js\/[^"]+)"/.exec(await body(app(), "/islands"))!;
  assertEquals(await cacheOf(script[1]!), forever);
});

Deno.test("staticFiles(): nothing outside of static/ is reached", async () => {
  for (
    const path of [
      "/../main.ts",
      "/%2e%2e/main.ts",
      "/..%2fmain.ts",
      "/%2e%2e%2fmain.ts",
      "/..%5cmain.ts",
      "//main.ts",
      "/.%2fhello.txt",
      "/hello.txt%00",
      "/%E0%A4%A",
      "/",
      "/_fresh",
    ]
  ) {
    const response = await send(app(), path);
    const text = await response.text();
    assert(!text.includes("createApp") && !text.includes("hello static"), path);
  }
});

Deno.test("staticFiles(): no ranges", async () => {
  const response = await send(app(), "/hello.txt", {
    headers: { range: "bytes=0-1" },
  });
  assertEquals(response.status, 200);
  assertEquals(await response.text(), "hello static");
});

Deno.test("asset(): adds the build's id to addresses of this site", () => {
  const id = asset("/a").split("=")[1];
  assert(/^\w{20}$/.test(id!));
  const table = [
    ["/a.css", `/a.css?__frsh_c=${id}`],
    ["/a.css?b=1#c", `/a.css?b=1&__frsh_c=${id}#c`],
    ["/a#b?c", `/a?__frsh_c=${id}#b?c`],
    [`/a?__frsh_c=x`, `/a?__frsh_c=x`],
    ["//other.example/a", "//other.example/a"],
    ["https://other.example/a", "https://other.example/a"],
    ["relative.css", "relative.css"],
  ];
  for (const [from, to] of table) assertEquals(asset(from!), to);
  assertEquals(
    assetSrcSet("/a.png 1x, /b.png 2x"),
    `/a.png?__frsh_c=${id} 1x, /b.png?__frsh_c=${id} 2x`,
  );
  assertEquals(assetSrcSet("data:image/png,x 1x"), "data:image/png,x 1x");
});

Deno.test("asset(): img and source have it by themselves", async () => {
  assert((await body(app(), "/")).includes(`src="${asset("/logo.svg")}"`));
});
