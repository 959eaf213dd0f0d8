/** Differences between versions of Fresh that must not affect the pages. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";

Deno.test("console pages have both style sheets", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const html = await (await app.fetch("/admin", { cookie })).text();
  const sheets = [...html.matchAll(/<link rel="stylesheet" href="([^"?]+)/g)];
  assertEquals(sheets.map(([, path]) => path), ["/styles.css", "/console.css"]);
});

Deno.test("only the link to the page itself is marked as current, and never the one above it", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const html = await (await app.fetch("/admin/requests", { cookie })).text();
  const marked = [...html.matchAll(/<a\b[^>]*aria-current="page"[^>]*>/g)];
  assertEquals(marked.length, 1, marked.join());
  assertStringIncludes(marked[0]![0], 'href="/admin/requests"');
  assert(!html.includes("data-ancestor"), "no link is marked by Fresh");
  const login = await (await app.fetch("/login")).text();
  assert(/<a href="\/login"[^>]* aria-current="page"/.test(login));
  assert(!/<a [^>]*href="\/"[^>]*aria-current/.test(login));
});

Deno.test("static files: a 304 keeps its ETag, a path with a slash has none, the bundle's list of sources is not served", async () => {
  await using app = await startApp();
  for (const path of ["/styles.css/", "/_fresh/js/x/metafile.json"]) {
    const response = await app.fetch(path);
    await response.body?.cancel();
    assertEquals(response.status, 404, path);
  }
  const first = await app.fetch("/styles.css");
  await first.body?.cancel();
  const etag = first.headers.get("etag");
  // With upstream, a build in memory has none.
  if (etag !== null) {
    const again = await app.fetch("/styles.css", {
      headers: { "if-none-match": etag },
    });
    assertEquals([again.status, again.headers.get("etag")], [304, etag]);
  }
  const posted = await app.fetch("/styles.css", { method: "PUT" });
  await posted.body?.cancel();
  assertEquals([posted.status, posted.headers.get("allow")], [
    405,
    "GET, HEAD",
  ]);
});

Deno.test("OPTIONS names methods wherever there is a route, and nothing else is said", async () => {
  await using app = await startApp();
  for (
    const path of ["/", "/login", "/admin/requests", "/api/me", "/healthz"]
  ) {
    const response = await app.fetch(path, { method: "OPTIONS" });
    assertEquals([response.status, response.body], [204, null], path);
    assertStringIncludes(response.headers.get("allow")!, "GET");
    assertEquals(response.headers.get("access-control-allow-methods"), null);
  }
  const missing = await app.fetch("/no/such", { method: "OPTIONS" });
  await missing.body?.cancel();
  assertEquals(missing.status, 404);
});

Deno.test("an error of the API says more than its status", async () => {
  await using app = await startApp();
  const response = await app.fetch("/api/no/such");
  const { title, detail } = await response.json();
  assertEquals([response.status, title], [404, "Not Found"]);
  assert(detail && detail !== title, detail);
});
