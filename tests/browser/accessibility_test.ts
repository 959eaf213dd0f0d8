import axe from "axe-core";
import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf, pagesToSee, type SeenPage, type Viewer } from "./_pages.ts";
import { fillAccounts, fillSample, type Secrets } from "./_sample.ts";

const VIEWERS: Viewer[] = ["anyone", "user", "admin", "blocked"];
const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
const WIDE = { width: 1280, height: 800 };
/** The narrowest that WCAG 1.4.10 asks for. */
const NARROW = { width: 320, height: 640 };
/** A window of 1280 × 1024 at 400 %. */
const ZOOMED = { width: 320, height: 256 };
const LOOKS = [
  { colorScheme: "light", forcedColors: "none", viewport: WIDE },
  { colorScheme: "dark", forcedColors: "none", viewport: WIDE },
  { colorScheme: "dark", forcedColors: "active", viewport: WIDE },
  { colorScheme: "light", forcedColors: "none", viewport: NARROW },
  { colorScheme: "dark", forcedColors: "none", viewport: ZOOMED },
] as const;
const NO_SECRETS = { adminSecret: "", userSecret: "" };
/** Before there is anything to see. */
const NOBODY = { busy: "192.0.2.200", blocked: "185.220.101.4" };

browserTest(
  "accessibility: no page has an axe violation or runs out of the window, empty",
  async (browser, t) => {
    await using server = await startServer({ env: ENV });
    using kv = await Deno.openKv(server.kvPath);
    // The pages of strangers look the same when there is data.
    const looks = [LOOKS[0], LOOKS[2], LOOKS[4]];
    const look = (pages: SeenPage[], secrets: Secrets) =>
      lookAt(browser, t, server.origin, pages, secrets, looks);
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
  looks: readonly (typeof LOOKS)[number][] = LOOKS,
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
        for (const { viewport, ...media } of looks) {
          const forced = media.forcedColors === "active" ? ", forced" : "";
          const where =
            `${name}, ${media.colorScheme}${forced}, ${viewport.width} × ${viewport.height}`;
          await page.setViewportSize(viewport);
          await page.emulateMedia(media);
          assertEquals(await violations(page), [], where);
          assertEquals(await page.evaluate(overflow), [], where);
        }
      });
    }
    assertEquals(errors, []);
    await context.close();
  }
}

/** What axe finds, in a line each. */
async function violations(page: Page): Promise<string[]> {
  // evaluate() is not subject to the page's CSP, as a script element would be.
  if (!await page.evaluate(() => "axe" in globalThis)) {
    await page.evaluate(axe.source);
  }
  const { violations } = await page.evaluate(() =>
    // deno-lint-ignore no-explicit-any
    (globalThis as any).axe.run(document, {
      resultTypes: ["violations"],
      runOnly: {
        type: "tag",
        values: [
          "wcag2a",
          "wcag2aa",
          "wcag21a",
          "wcag21aa",
          "wcag22aa",
          "best-practice",
        ],
      },
      rules: { "target-size": { enabled: true } },
    }) as Promise<axe.AxeResults>
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) =>
      `${id} at ${target.join(" ")}: ${failureSummary?.replaceAll(/\s+/g, " ")}`
    )
  );
}

/** What stands out of the window sideways, apart from what scrolls inside its region. */
function overflow(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map(({ tagName, className }) => `${tagName} ${className}`);
  return [`${scrollWidth} px in ${clientWidth}`, ...new Set(wide)];
}
