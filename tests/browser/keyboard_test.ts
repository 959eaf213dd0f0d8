import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf, type Viewer } from "./_pages.ts";
import { fillAccounts, fillSample } from "./_sample.ts";

browserTest(
  "keyboard: it reaches everything, and is seen to",
  async (browser, t) => {
    await using server = await startServer({
      env: { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" },
    });
    using kv = await Deno.openKv(server.kvPath);
    const secrets = await fillAccounts(kv, Date.now);
    await fillSample(kv, Date.now());
    const open = async (viewer: Viewer, path: string) => {
      const context = await contextOf(browser, server.origin, viewer, secrets);
      const { page } = await watchedPage(context);
      await page.goto(server.origin + path);
      return page;
    };

    await t.step(
      "the skip link comes first and leads past the navigation",
      async () => {
        const page = await open("admin", "/admin/blocked");
        await page.keyboard.press("Tab");
        const skip = page.getByRole("link", { name: "Skip to content" });
        assert(await skip.evaluate((link) => link === document.activeElement));
        const box = await skip.boundingBox();
        assert(box && box.y >= 0 && box.height >= 24, JSON.stringify(box));
        await page.keyboard.press("Enter");
        await page.keyboard.press("Tab");
        assert(
          await page.evaluate(() =>
            document.querySelector("main")!.contains(document.activeElement)
          ),
        );
      },
    );

    for (const path of ["/login", "/admin", "/admin/blocked", "/admin/users"]) {
      await t.step(`${path} shows where the focus is`, async () => {
        const page = await open(path === "/login" ? "anyone" : "admin", path);
        for (let stop = 0; stop < 25; stop++) {
          await page.keyboard.press("Tab");
          const unseen = await page.evaluate(focusIsUnseen);
          assertEquals(unseen, null);
        }
      });
    }

    await t.step(
      "a refused form ties its error to the field and focuses it",
      async () => {
        const page = await open("anyone", "/signup");
        await page.getByLabel("User name").fill("someone");
        await page.getByLabel("Password").fill("password");
        await page.keyboard.press("Enter");
        const field = page.locator("#password[aria-invalid=true]");
        await field.waitFor();
        const ids = (await field.getAttribute("aria-describedby"))!.split(" ");
        const said = await Promise.all(
          ids.map((id) => page.locator(`#${id}`).innerText()),
        );
        const alert = await page.getByRole("alert").innerText();
        assert(said.some((text) => text.includes(alert)), said.join(" / "));
        const link = page.getByRole("alert").getByRole("link");
        assertEquals(await link.getAttribute("href"), "#password");
        assert(
          await field.evaluate((input) => input === document.activeElement),
        );
      },
    );
  },
);

/** The focused element, if nothing shows that it is; null if all is well. */
function focusIsUnseen(): string | null {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 &&
    width > 0 && height > 0;
  return isSeen ? null : element.outerHTML.slice(0, 200);
}
