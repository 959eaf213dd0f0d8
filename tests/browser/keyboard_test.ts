import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf, type Viewer } from "./_pages.ts";
import { fillAccounts, fillSample } from "./_sample.ts";

/** The rows for j and k. */
const ROWS =
  ":is([data-row], [data-row-link]):not(:is([data-row], [data-row-link]) *)";
const LISTS = [
  "/admin",
  "/admin/requests",
  "/admin/incidents",
  "/admin/suspicious",
  "/admin/rules",
  "/admin/policy",
  "/admin/bots",
  "/admin/blocked",
  "/admin/feeds",
  "/admin/users",
  "/admin/audit",
  "/admin/alerts",
];
const FILTERED = [
  "/admin/requests",
  "/admin/incidents",
  "/admin/suspicious",
  "/admin/blocked",
  "/admin/users",
  "/admin/logins",
  "/admin/audit",
];

browserTest(
  "keyboard: it reaches everything, and is seen to",
  async (browser, t) => {
    await using server = await startServer({
      env: {
        TRUSTED_PROXIES: "127.0.0.1",
        GEO_PROVIDER: "off",
        // Nothing listens there.
        ALERT_WEBHOOK_URL: "http://127.0.0.1:9/",
      },
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

    for (const path of LISTS) {
      await t.step(
        `${path}: j and k walk, x selects, enter opens`,
        async () => {
          const page = await open("admin", path);
          await page.getByRole("button", { name: "Shortcuts" }).waitFor();
          const at = () => page.evaluate(focusedRow, ROWS);
          await page.keyboard.press("j");
          assertEquals(await at(), 0);
          if (await page.locator(ROWS).count() > 1) {
            await page.keyboard.press("j");
            assertEquals(await at(), 1);
            await page.keyboard.press("k");
            assertEquals(await at(), 0);
          }
          const box = page.locator(":focus [type=checkbox]").first();
          if (await box.count() > 0) {
            const was = await box.isChecked();
            await page.keyboard.press("x");
            assertEquals(await box.isChecked(), !was);
          }
          await waitFor("a row that opens", async () => {
            try {
              if (await page.evaluate(isOpened, server.origin + path)) {
                return true;
              }
              // The page may have refreshed meanwhile, with new rows.
              if (await at() < 0) await page.keyboard.press("j");
              await page.keyboard.press("Enter");
            } catch {
              // The navigation has started.
            }
            return false;
          });
          await page.context().close();
        },
      );
    }

    for (const path of FILTERED) {
      await t.step(`${path}: filters left empty name nothing`, async () => {
        const page = await open("admin", path);
        await page.getByRole("button", { name: "Shortcuts" }).waitFor();
        await page.evaluate(() => document.documentElement.id = "before");
        const field = "form[method=get] input:is(:not([type]), [type=search])";
        await page.locator("main").locator(field).first().press("Enter");
        await page.locator("html:not(#before) main").waitFor();
        assertEquals(page.url(), server.origin + path);
        await page.context().close();
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

/** The focused element if it has no visible focus; null otherwise. */
function focusIsUnseen(): string | null {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 &&
    width > 0 && height > 0;
  return isSeen ? null : element.outerHTML.slice(0, 200);
}

/** The index of the focused row; -1 without one. */
function focusedRow(rows: string): number {
  return [...document.querySelectorAll(rows)]
    .indexOf(document.activeElement!);
}

/** Whether a row opened a page or its panel, unfolded, or focused its form. */
function isOpened(from: string): boolean {
  return location.href !== from ||
    document.querySelector("[data-row] details[open]") !== null ||
    !!document.activeElement?.matches("input, select, button");
}
