import { assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { log } from "./_console.ts";

Deno.test("search: what can only be one thing leads there at once", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await app.signIn("ann");
  const table: Record<string, string> = {
    "203.0.113.9": "/admin/ip/203.0.113.9",
    "203.0.113.0/24": "/admin/ip/203.0.113.0%2F24",
    "2001:DB8:0:0::1": "/admin/ip/2001%3Adb8%3A%3A1",
    "as64500": "/admin/about?asn=64500",
    "/wp-login.php": "/admin/about?path=%2Fwp-login.php",
    "//evil.test/x": "/admin/about?path=%2F%2Fevil.test%2Fx",
    "high_volume": "/admin/rules#high_volume",
    "SENSITIVE_PATHS": "/admin/health#SENSITIVE_PATHS",
    "login-spray": "/admin/policy#rule-login-spray",
  };
  for (const [text, path] of Object.entries(table)) {
    await t.step(text, async () => {
      const query = new URLSearchParams({ q: text });
      const response = await app.fetch(`/admin/search?${query}`, { cookie });
      assertEquals(response.status, 303);
      assertEquals(response.headers.get("location"), path);
    });
  }
  const user = await app.fetch("/admin/search?q=ann", { cookie });
  assertStringIncludes(user.headers.get("location")!, "/admin/users/");
});

Deno.test("search: what may be several things is a list, and stays text", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, {
    path: "/shop/<b>x",
    operator: "Shop Hosting",
    asn: 64501,
    user_agent: "shopbot/1",
  });
  const html = await (await app.fetch("/admin/search?q=shop", { cookie }))
    .text();
  for (
    const part of [
      "Shop Hosting (AS64501)",
      "/admin/about?asn=64501",
      "/shop/&lt;b>x",
      "shopbot/1",
    ]
  ) {
    assertStringIncludes(html, part);
  }
  const hostile = await app.fetch(
    `/admin/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`,
    { cookie },
  );
  assertEquals((await hostile.text()).includes("<script>alert(1)"), false);
  const strangers = await app.fetch("/admin/search?q=x");
  assertEquals(strangers.status, 303);
});

Deno.test("search: the beginning of paths leads to these, and what nothing is called says so", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { path: "/shop" }, { path: "/shop/1" }, { path: "/shop/1" });
  const search = async (q: string) => {
    const response = await app.fetch(
      `/admin/search?${new URLSearchParams({ q })}`,
      { cookie },
    );
    return [response.headers.get("location"), await response.text()] as const;
  };
  const [exact] = await search("/shop");
  assertEquals(exact, "/admin/about?path=%2Fshop");
  const [none, html] = await search("/sho");
  assertEquals(none, null);
  assertStringIncludes(html, "/admin/about?path=%2Fshop%2F1");
  assertStringIncludes(html, "2 requests in 7 days");
  assertStringIncludes(html, "1 request in 7 days");
  const [, empty] = await search("zzz-nothing");
  assertStringIncludes(empty, "Nothing is called “zzz-nothing”");
  assertStringIncludes(empty, "/admin/blocked?search=zzz-nothing");
});
