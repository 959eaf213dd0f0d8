import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";

Deno.test("an error page keeps the frame of who is signed in", async (t) => {
  await using app = await startApp();
  const { cookie: admin } = await app.signIn("root", "admin");
  const { cookie: user } = await app.signIn("ann");
  const see = async (path: string, cookie?: string, form?: string) => {
    const response = await app.fetch(path, {
      cookie,
      ...form === undefined ? {} : { form: { action: form } },
    });
    return { status: response.status, html: await response.text() };
  };
  const isFramed = (html: string) =>
    html.includes('action="/admin/search"') && html.includes(">root<");
  for (
    const [path, status, form] of [
      ["/admin/no-such-page", 404],
      ["/admin/incidents/none", 404],
      ["/admin/requests?usernme=ann", 400],
      ["/admin/users", 400, "conquer"],
      ["/admin/audit?limit=-1", 400],
    ] as const
  ) {
    await t.step(`${path}: ${status}, for an admin`, async () => {
      const page = await see(path, admin, form);
      assertEquals(page.status, status);
      assert(isFramed(page.html), page.html.slice(0, 3_000));
      assertStringIncludes(page.html, "Log out");
    });
  }
  await t.step("what is no page of the console has the bar alone", async () => {
    const page = await see("/no/such/page", admin);
    assertEquals(page.status, 404);
    assert(!page.html.includes('action="/admin/search"'));
    assertStringIncludes(page.html, ">root<");
  });
  await t.step("who is no admin sees nothing of the console", async () => {
    const page = await see("/admin/users", user);
    assertEquals(page.status, 403);
    assert(!page.html.includes('action="/admin/search"'));
    assertStringIncludes(page.html, ">ann<");
  });
  await t.step("a stranger is offered to log in", async () => {
    const page = await see("/no/such/page");
    assertEquals(page.status, 404);
    assertStringIncludes(page.html, 'href="/login"');
  });
});
