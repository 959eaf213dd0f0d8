import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { startServer } from "../_server.ts";
import { waitFor } from "../_wait.ts";
import { record, store } from "../log/_records.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf, type Viewer } from "./_pages.ts";
import { fillAccounts } from "./_sample.ts";

const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
/** The reasons why the browser did not keep a page, if only the app's header prevents it. */
const BY_HEADER = [
  "masked",
  "response-cache-control-no-store",
  "response-cache-control-no-store-with-js-network-request",
];

/** The state of a page after going back to it. */
interface Back {
  /** Whether it was restored from the cache. */
  isKept: boolean;
  /** Why not. */
  reasons: string[];
}

/** Leaves a page for another one of the same viewer, and goes back. */
async function thereAndBack(page: Page, other: string): Promise<Back> {
  const path = new URL(page.url()).pathname;
  await page.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => {
      document.documentElement.dataset.kept = String(persisted);
    });
  });
  await page.goto(other);
  // The driver does not support restored pages: it would wait for them to load.
  await page.evaluate(() => void setTimeout(() => history.back(), 0));
  return await waitFor(`${path} again`, async () => {
    try {
      return await page.evaluate((path) => {
        if (location.pathname !== path || document.readyState !== "complete") {
          return null;
        }
        const [entry] = performance.getEntriesByType("navigation");
        // deno-lint-ignore no-explicit-any
        const why = (entry as any).notRestoredReasons?.reasons ?? [];
        return {
          isKept: document.documentElement.dataset.kept === "true",
          reasons: why.map(({ reason }: { reason: string }) => reason),
        };
      }, path);
    } catch {
      // The navigation has started.
      return null;
    }
  });
}

browserTest(
  "back and forward: public pages are kept, those of somebody signed in are not",
  async (browser, t) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    const secrets = await fillAccounts(kv, Date.now);
    const open = async (viewer: Viewer, path: string) => {
      const context = await contextOf(
        browser,
        server.origin,
        viewer,
        secrets,
        { baseURL: server.origin },
      );
      const { page } = await watchedPage(context);
      await page.goto(path);
      return { page, context };
    };
    for (const path of ["/", "/logout"]) {
      await t.step(`${path}: kept`, async () => {
        const { page, context } = await open("anyone", path);
        assertEquals(await thereAndBack(page, "/login"), {
          isKept: true,
          reasons: [],
        });
        await context.close();
      });
    }
    for (
      const [viewer, path] of [
        ["anyone", "/login"],
        ["user", "/profile"],
        ["admin", "/admin"],
        ["admin", "/admin/requests"],
        ["admin", "/admin/policy"],
      ] as const
    ) {
      await t.step(`${path}: its header alone forbids it`, async () => {
        const { page, context } = await open(viewer, path);
        // Chromium may keep such a page until a cookie changes, if it is left before any of its
        // scripts asked the server for something. Those that refresh themselves do.
        await page.evaluate(async () => void await fetch(location.href));
        const { isKept, reasons } = await thereAndBack(page, "/");
        assertEquals(isKept, false);
        assert(reasons.includes("response-cache-control-no-store"));
        assertEquals(
          reasons.filter((reason) => !BY_HEADER.includes(reason)),
          [],
        );
        await context.close();
      });
    }
    await t.step(
      "after logging out nothing of the console is back",
      async () => {
        const { page, context } = await open("admin", "/admin/users");
        assert((await page.content()).includes("jonas"));
        await page.getByRole("button", { name: "Log out" }).click();
        await page.waitForURL((url) => !url.pathname.startsWith("/admin"));
        await page.evaluate(() => void setTimeout(() => history.back(), 0));
        await page.waitForURL("**/login?next=**");
        assert(!(await page.content()).includes("jonas"));
        await context.close();
      },
    );
  },
  { keepsPages: true },
);

browserTest(
  "back and forward: a list is where it was left, with its filters",
  async (browser) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    const now = Date.now();
    const secrets = await fillAccounts(kv, Date.now);
    const visits = Array.from({ length: 50 }, (_, i) =>
      record({
        timestamp: now - i * 1_000 - 5_000,
        ...{ ip_address: `203.0.113.${i}`, path: `/page/${i}` },
      }));
    await store(kv, () => now, visits);
    const context = await contextOf(browser, server.origin, "admin", secrets, {
      baseURL: server.origin,
      viewport: { width: 390, height: 600 },
    });
    const { page, errors } = await watchedPage(context);
    await page.goto("/admin/requests?path=/page/*");
    const row = page.locator("[data-row='203.0.113.40']");
    await row.scrollIntoViewIfNeeded();
    const top = await page.evaluate(() => scrollY);
    assert(top > 300, `${top}`);
    await page.goto("/admin/ip/203.0.113.40");
    await page.goBack();
    await page.waitForURL("**/admin/requests?path=/page/*");
    await waitFor(
      "the place it was left at",
      async () => Math.abs(await page.evaluate(() => scrollY) - top) < 50,
    );
    await page.goForward();
    await page.waitForURL("**/admin/ip/203.0.113.40");
    assertEquals(errors, []);
    await context.close();
  },
);
