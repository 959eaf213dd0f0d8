import { assert, assertEquals } from "@std/assert";
import { startWithAdmin } from "../acceptance/_admin.ts";
import { startServer, temporaryKvPath } from "../_server.ts";
import { logInByForm } from "../acceptance/_form.ts";
import { browserTest, watchedPage } from "./_browser.ts";

browserTest(
  "BASE_PATH: the live view, its links and the shortcuts work under a path",
  async (browser) => {
    const env = { GEO_PROVIDER: "off", BASE_PATH: "/portcullis" };
    const kvPath = await temporaryKvPath();
    await using _folder = {
      [Symbol.asyncDispose]: () =>
        Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
          recursive: true,
        }),
    };
    await using server = await startWithAdmin({ env, kvPath });
    const { origin } = new URL(server.origin);
    const { cookie } = await logInByForm(origin, "/portcullis/login");
    const context = await browser.newContext({ baseURL: origin });
    await context.addCookies(
      cookie.split("; ").map((one) => {
        const [name = "", value = ""] = one.split("=");
        return { name, value, url: origin };
      }),
    );
    const { page, errors } = await watchedPage(context);
    await page.goto("/portcullis/admin/requests?path=/seen&live=1");
    await page.locator(".live[data-status=live]").waitFor();
    await (await fetch(`${origin}/portcullis/seen`)).body?.cancel();
    const row = page.locator("#live-rows > tr").first();
    await row.waitFor();
    const links = await row.locator("a").evaluateAll((all) =>
      // deno-lint-ignore no-explicit-any
      all.map((one: any) => one.getAttribute("href"))
    );
    assert(links.length > 0);
    for (const link of links) {
      assert(link.startsWith("/portcullis/admin/"), link);
    }
    assertEquals(errors, []);

    await server.stop();
    await page.locator(".live[data-status=waiting]").waitFor();
    await using _again = await startServer({
      env: { ...env, PORT: new URL(origin).port },
      kvPath,
    });
    await page.locator(".live[data-status=live]").waitFor();
    await (await fetch(`${origin}/portcullis/seen`)).body?.cancel();
    await page.locator("#live-rows > tr").nth(1).waitFor();
    assertEquals(await page.locator("#live-rows > tr").count(), 2);
    // The browser's message while the server is down.
    errors.splice(0);

    await page.keyboard.press("j");
    await page.keyboard.press("o");
    await page.waitForURL("**/portcullis/admin/ip/127.0.0.1");
    assertEquals(errors, []);
    await context.close();
  },
);
