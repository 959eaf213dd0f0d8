import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { FEWER, isAccessible, type Look, LOOKS, WIDE } from "./_accessible.ts";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { pagesWithout } from "../_page_routes.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import {
  ADDRESSES,
  contextOf,
  pagesToSee,
  type SeenPage,
  type Viewer,
} from "./_pages.ts";
import { fillAccounts, fillSample, type Secrets } from "./_sample.ts";

const VIEWERS: Viewer[] = ["anyone", "user", "admin", "blocked"];
const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
const NO_SECRETS = { adminSecret: "", userSecret: "" };
/** Pages with the layout of another, which is checked in all looks. */
const ALIKE = new Set([
  ...["dashboard-30d", "dashboard-custom", "overview-filtered"],
  ...["requests-filtered", "requests-wrong", "requests-live", "shortcuts"],
  ...["requests-menu", "overview-all", "block-dialog"],
  ...["about-path", "dossier-blocked", "dossier-erase", "dossier-range"],
  ...["blocked-preview", "blocked-refused", "suspicious-evidence"],
  ...["suspicious-resolved", "feed-failed", "policy-wrong", "users-ask"],
  ...["login-wrong", "signup-refused", "profile-refused", "profile-delete"],
]);
/** Before there is any data. */
const NOBODY = { busy: "192.0.2.200", blocked: "185.220.101.4" };

browserTest(
  "accessibility: no page has an axe violation or runs out of the window, empty",
  async (browser, t) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    // Pages for signed-out users look the same with data.
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

Deno.test("accessibility: no page is left out", async () => {
  const paths = pagesToSee(NOBODY).map(({ path }) => path);
  const left = await pagesWithout([
    ...paths,
    // Pages that a user reaches only by an action.
    ...["/admin/users/x", "/admin/incidents/x"],
    // In outside_accounts_test.ts; the first of these only redirects to the provider.
    ...["/login/oidc", "/login/oidc/callback"],
    ...["/setup", "/login/code", "/admin/blocked/confirm"],
  ]);
  assertEquals(left, []);
});

browserTest(
  "accessibility: pages that something leads to once",
  async (browser, t) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    const secrets = await fillAccounts(kv, Date.now);
    const open = async (viewer: Viewer, path: string) => {
      const context = await contextOf(browser, server.origin, viewer, secrets);
      const { page, errors } = await watchedPage(context);
      await page.goto(server.origin + path);
      return { page, errors };
    };
    const isFine = async (page: Page, name: string) => {
      for (const look of FEWER) await isAccessible(page, name, look);
    };
    await t.step(
      "a second factor, its codes, and a login with it",
      async () => {
        const { page, errors } = await open("user", "/profile/second-factor");
        await page.getByRole("button", { name: "Set up" }).click();
        await page.locator("#code").waitFor();
        await isFine(page, "second factor");
        const key = await page.locator("code.secret").innerText();
        const code = totpCode(
          fromBase32(key.replaceAll(/\s/g, "")),
          Math.floor(Date.now() / 30_000),
        );
        await page.fill("#code", code);
        await page.fill("#enable-password", "a password for looks");
        await page.getByRole("button", { name: "Turn on" }).click();
        await page.locator(".codes").waitFor();
        await isFine(page, "recovery codes");
        await page.context().clearCookies();
        await page.goto(`${server.origin}/login`);
        await page.fill("#username", "jonas");
        await page.fill("#password", "a password for looks");
        await page.press("#password", "Enter");
        await page.waitForURL("**/login/code");
        await isFine(page, "login code");
        assertEquals(errors, []);
      },
    );
    await t.step("a block of oneself that has to be confirmed", async () => {
      // A blocked client gets no icon, which the browser reports.
      const { page } = await open("admin", "/admin/blocked");
      const block = page.getByRole("button", { name: "Block", exact: true });
      await page.fill("#block-ip", ADDRESSES.admin);
      await block.click();
      await page.getByLabel("Block anyway").check();
      await block.click();
      await page.waitForURL("**/admin/blocked/confirm?*");
      await isFine(page, "confirm");
    });
  },
);

/** Runs axe on each page in each look, and measures the page's width. */
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

/** RFC 4648, as apps decode the key. */
function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter)
      .toString(2).padStart(5, "0")
  ).join("");
  return Uint8Array.from(bits.match(/.{8}/g)!, (byte) => parseInt(byte, 2));
}
