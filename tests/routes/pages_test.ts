import { assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";

Deno.test("home shows the visitor's address and sets no cookie", async () => {
  await using app = await startApp();
  const response = await app.fetch("/");
  assertEquals(response.status, 200);
  assertStringIncludes(await response.text(), "198.51.100.7");
  assertEquals(response.headers.get("set-cookie"), null);
});

Deno.test("each admin page answers an admin with 200, a user with 403, a stranger with 303", async (t) => {
  await using app = await startApp();
  const admin = await app.signIn("root", "admin");
  const user = await app.signIn("ann");
  for (
    const path of [
      "/admin",
      "/admin?range=30d",
      "/admin/requests",
      "/admin/requests?ip=198.51.100.0/24&status=4xx",
      "/admin/blocked",
      "/admin/suspicious",
      "/admin/suspicious?view=resolved",
      "/admin/rules",
      "/admin/rules?rehearse=bad_bot&since=1h",
      "/admin/audit",
      "/admin/users",
      "/admin/health",
      "/admin/ip/198.51.100.7",
      "/admin/ip/2001:db8::%2F48",
      "/admin/ip/10.0.0.0/8",
    ]
  ) {
    await t.step(path, async () => {
      const seen = await app.fetch(path, { cookie: admin.cookie });
      const text = await seen.text();
      assertEquals(seen.status, 200, text);
      assertStringIncludes(text, "</html>");
      assertEquals(
        (await app.fetch(path, { cookie: user.cookie })).status,
        403,
      );
      const stranger = await app.fetch(path);
      assertEquals(stranger.status, 303);
      assertEquals(
        stranger.headers.get("location"),
        `/login?next=${encodeURIComponent(path)}`,
      );
    });
  }
});
