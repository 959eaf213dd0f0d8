/**
 * The overview refreshes itself, here every second. The reader's state must survive.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf } from "./_pages.ts";
import { fillAccounts, fillSample } from "./_sample.ts";

browserTest(
  "quiet refresh: focus, selection, open menus, fields and place survive it",
  async (browser, t) => {
    await using server = await startServer({
      env: { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" },
    });
    using kv = await Deno.openKv(server.kvPath);
    const secrets = await fillAccounts(kv, Date.now);
    await fillSample(kv, Date.now());
    const context = await contextOf(browser, server.origin, "admin", secrets, {
      viewport: { width: 1280, height: 500 },
    });
    const { page, errors } = await watchedPage(context);
    let asked = 0;
    await page.route("**/admin", async (route) => {
      if (route.request().resourceType() !== "document") asked++;
      await route.continue();
    });
    const open = async () => {
      await page.goto(`${server.origin}/admin`);
      await page.getByRole("button", { name: "Shortcuts" }).waitFor();
      await mark(page);
    };
    /** Whether the marked part is still there. */
    const isOld = () => page.locator("#old").count().then((n) => n === 1);
    const refreshed = () => waitFor("a refresh", async () => !await isOld());
    const at = async () => {
      const box = await page.locator("#traffic").boundingBox();
      return Math.round(box!.y);
    };

    await t.step(
      "it is refreshed where nothing speaks against it",
      async () => {
        await open();
        await refreshed();
        assert(asked > 0);
      },
    );

    await t.step(
      "what is read stays where it is, with more above it",
      async () => {
        await open();
        const requests = page.locator("#traffic");
        await requests.evaluate((heading) => heading.scrollIntoView());
        const before = await at();
        // As if an incident had been decided meanwhile.
        await page.locator(".decisions > li").first().evaluate((row) => {
          row.remove();
        });
        await requests.evaluate((heading, top) => {
          scrollBy({ top: heading.getBoundingClientRect().top - top });
        }, before);
        await refreshed();
        assert(await page.evaluate(() => scrollY > 0));
        assertEquals(await at(), before);
      },
    );

    /** Actions of the reader on the page, and checks that their effect remains. */
    const doing: Record<string, [() => Promise<void>, () => Promise<boolean>]> =
      {
        "a row that has the focus": [
          () => page.keyboard.press("j"),
          () =>
            page.locator("#old [data-row-link]:focus").count().then(Boolean),
        ],
        "a link that has the focus": [
          () => page.locator("#old .decisions a").first().focus(),
          () => page.locator("#old .decisions a:focus").count().then(Boolean),
        ],
        "a table that is unfolded": [
          () => page.locator("#old details summary").first().click(),
          () => page.locator("#old details[open]").count().then(Boolean),
        ],
        "text that is selected": [
          () =>
            page.evaluate(() => {
              getSelection()!.selectAllChildren(
                document.querySelector("#old h2")!,
              );
            }),
          () => page.evaluate(() => String(getSelection()) !== ""),
        ],
        "a button that is pressed": [
          async () => {
            await page.locator("#old .decisions button").first().hover();
            await page.mouse.down();
          },
          () => page.locator("#old button:active").count().then(Boolean),
        ],
      };
    for (const [name, [act, isThere]] of Object.entries(doing)) {
      await t.step(name, async () => {
        await open();
        await act();
        assert(await isThere());
        const before = asked;
        await ticks(page);
        assert(await isOld() && await isThere());
        // It was not even requested.
        assertEquals(asked, before);
        await page.mouse.move(0, 0);
        await page.mouse.up();
      });
    }

    await t.step("a pause, until it is over", async () => {
      await open();
      await page.getByRole("button", { name: "Pause refreshing" }).click();
      const before = asked;
      await ticks(page);
      assert(await isOld());
      assertEquals(asked, before);
      await page.getByRole("button", { name: "Resume refreshing" }).click();
      await refreshed();
    });

    await t.step("a field that was filled in, and left", async () => {
      await open();
      await page.evaluate(() => {
        const field = document.createElement("input");
        document.querySelector("#old")!.append(field);
        field.value = "half";
      });
      await ticks(page);
      assert(await isOld());
    });

    await t.step("what gets the focus while it is fetched", async () => {
      await open();
      let answer = () => {};
      await page.unroute("**/admin");
      await page.route("**/admin", async (route) => {
        if (route.request().resourceType() !== "document") {
          await new Promise<void>((resolve) => answer = resolve);
        }
        await route.continue();
      });
      const asking = page.waitForRequest((request) =>
        request.resourceType() === "fetch"
      );
      await asking;
      await page.keyboard.press("j");
      const answered = page.waitForResponse((response) =>
        response.request().resourceType() === "fetch"
      );
      answer();
      await (await answered).finished();
      await ticks(page);
      assert(await page.locator("#old [data-row-link]:focus").count() === 1);
    });
    assertEquals(errors, []);
  },
);

/** Marks the part that is refreshed, and makes it refresh as soon as possible. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => {
    const part = document.querySelector<HTMLElement>("[data-refresh]")!;
    part.id = "old";
    part.dataset.refresh = "0.1";
  });
}

/** Waits until a refresh must have been tried, which happens once a second. */
async function ticks(page: Page): Promise<void> {
  await page.evaluate(() =>
    new Promise<void>((resolve) => {
      let left = 2;
      const timer = setInterval(() => {
        if (--left > 0) return;
        clearInterval(timer);
        resolve();
      }, 1_000);
    })
  );
}
