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

    await receiver(kv);
    for (const path of LISTS) {
      await t.step(`${path} is walked by j and k, and enter opens`, async () => {
        const page = await open("admin", path);
        const ready = page.getByRole("button", { name: "Shortcuts" });
        await ready.waitFor();
        const at = () => page.evaluate(focusedRow);
        await page.keyboard.press("j");
        assertEquals(await at(), 0);
        const { rows, selects } = await page.evaluate(rowsOf);
        if (rows > 1) {
          await page.keyboard.press("j");
          assertEquals(await at(), 1);
          await page.keyboard.press("k");
          assertEquals(await at(), 0);
        }
        if (selects) {
          const box = page.locator(":focus [type=checkbox]").first();
          const was = await box.isChecked();
          await page.keyboard.press("x");
          assertEquals(await box.isChecked(), !was);
        }
        await page.keyboard.press("Enter");
        // A page, a panel, what the row folds, or its form.
        await page.waitForFunction(
          ([from]) =>
            location.href !== from ||
            document.activeElement?.matches("input, select, summary, button") ||
            document.querySelector("[data-row] details[open]") !== null,
          [server.origin + path],
        );
      });
    }

    for (const path of FORMS) {
      await t.step(`${path}: an empty form leaves no parameters`, async () => {
        const page = await open("admin", path);
        await page.getByRole("button", { name: "Shortcuts" }).waitFor();
        const form = page.locator("main form[method=get]:has(.filters), main form[method=get][class*=filters], main form[method=get][role=search]");
        await page.evaluate(() => document.documentElement.dataset.old = "");
        await form.first().locator("button").first().click();
        await page.waitForFunction(() =>
          document.documentElement.dataset.old === undefined
        );
        assertEquals(page.url(), server.origin + path);
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
