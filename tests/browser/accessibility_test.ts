import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { FEWER, isAccessible, type Look, LOOKS, WIDE } from "./_accessible.ts";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf, pagesToSee, type SeenPage, type Viewer } from "./_pages.ts";
import { fillAccounts, fillSample, type Secrets } from "./_sample.ts";

const VIEWERS: Viewer[] = ["anyone", "user", "admin", "blocked"];
const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
const NO_SECRETS = { adminSecret: "", userSecret: "" };
/** Pages of a kind with another, which has all looks. */
const ALIKE = new Set([
  ...["dashboard-30d", "dashboard-custom", "overview-filtered"],
  ...["requests-filtered", "requests-wrong", "requests-live", "shortcuts"],
  ...["about-path", "dossier-blocked", "dossier-erase", "dossier-range"],
  ...["blocked-preview", "blocked-refused", "suspicious-evidence"],
  ...["suspicious-resolved", "feed-failed", "policy-wrong", "users-ask"],
  ...["login-wrong", "signup-refused", "profile-refused", "profile-delete"],
]);
/** Before there is anything to see. */
const NOBODY = { busy: "192.0.2.200", blocked: "185.220.101.4" };

browserTest(
  "accessibility: no page has an axe violation or runs out of the window, empty",
  async (browser, t) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    // The pages of strangers look the same when there is data.
    const look = (pages: SeenPage[], secrets: Secrets) =>
      lookAt(browser, t, server.origin, pages, secrets, FEWER);
    const path = server.setupLink!.slice(server.origin.length);
    await look([{ name: "setup", path, viewer: "anyone" }], NO_SECRETS);
    const secrets = await fillAccounts(kv, Date.now);
    const pages = pagesToSee(NOBODY).filter(({ viewer, act }) =>
      viewer === "admin" && !act
    );
    await look(pages, secrets);
  },
);

browserTest(
  "accessibility: no page has an axe violation or runs out of the window, full",
  async (browser, t) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    const secrets = await fillAccounts(kv, Date.now);
    const sample = await fillSample(kv, Date.now());
    await lookAt(browser, t, server.origin, pagesToSee(sample), secrets);
  },
);

/** Runs axe on each page in each look, and measures how wide the page is. */
async function lookAt(
  browser: Browser,
  t: Deno.TestContext,
  origin: string,
  pages: SeenPage[],
  secrets: Secrets,
  looks: readonly Look[] = LOOKS,
): Promise<void> {
  for (const viewer of VIEWERS) {
    const theirs = pages.filter((page) => page.viewer === viewer);
    if (theirs.length === 0) continue;
    const context = await contextOf(browser, origin, viewer, secrets);
    const { page, errors } = await watchedPage(context);
    for (const { name, path, act } of theirs) {
      await t.step(name, async () => {
        await page.emulateMedia({ forcedColors: "none" });
        await page.setViewportSize(WIDE);
        await page.goto(origin + path);
        await act?.(page);
        const theirs = ALIKE.has(name) ? FEWER : looks;
        for (const look of theirs) await isAccessible(page, name, look);
      });
    }
    assertEquals(errors, []);
    await context.close();
  }
}
