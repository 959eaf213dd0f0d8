import axe from "axe-core";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** A window on a desk. */
export const WIDE = { width: 1280, height: 800 };
/** The narrowest that WCAG 1.4.10 asks for. */
const NARROW = { width: 320, height: 640 };
/** A window of 1280 × 1024 at 400 %. */
const ZOOMED = { width: 320, height: 256 };
/** Light and dark on a desk, light in a hand, forced colours and dark enlarged. */
export const LOOKS = [
  { colorScheme: "light", forcedColors: "none", viewport: WIDE },
  { colorScheme: "dark", forcedColors: "none", viewport: WIDE },
  { colorScheme: "light", forcedColors: "none", viewport: NARROW },
  { colorScheme: "dark", forcedColors: "active", viewport: ZOOMED },
] as const;
/** The first and the last, for what looks as another page does. */
export const FEWER = [LOOKS[0], LOOKS[3]] as const;
/** How a page is looked at. */
export type Look = (typeof LOOKS)[number];

/** Runs axe on a page in a look, and measures how wide the page is. */
export async function isAccessible(
  page: Page,
  name: string,
  { viewport, ...media }: Look,
): Promise<void> {
  const forced = media.forcedColors === "active" ? ", forced" : "";
  const where =
    `${name}, ${media.colorScheme}${forced}, ${viewport.width} × ${viewport.height}`;
  await page.setViewportSize(viewport);
  await page.emulateMedia(media);
  assertEquals(await violations(page), [], where);
  assertEquals(await page.evaluate(overflow), [], where);
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

/** What stands out of the window sideways; on a phone, only tables of mere numbers may scroll in their region. */
function overflow(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  const hidden = [...document.querySelectorAll(".scroll")].filter((region) =>
    region.querySelector("table:is(.folds, .fits, .requests, .ranking)") &&
    innerWidth < 640 && region.checkVisibility() &&
    region.scrollWidth > region.clientWidth + 1
  ).map(({ ariaLabel, scrollWidth, clientWidth }) =>
    `${ariaLabel}: ${scrollWidth} px in ${clientWidth}`
  );
  if (scrollWidth <= clientWidth) return hidden;
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map(({ tagName, className }) => `${tagName} ${className}`);
  return [`${scrollWidth} px in ${clientWidth}`, ...new Set(wide)];
}
