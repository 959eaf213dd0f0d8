import axe from "axe-core";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** A desktop window. */
export const WIDE = { width: 1280, height: 800 };
/** The narrowest width that WCAG 1.4.10 requires. */
const NARROW = { width: 320, height: 640 };
/** A window of 1280 × 1024 at 400 %. */
const ZOOMED = { width: 320, height: 256 };
/** Light and dark on a desktop, light on a phone, forced colours, and dark at high zoom. */
export const LOOKS = [
  { colorScheme: "light", forcedColors: "none", viewport: WIDE },
  { colorScheme: "dark", forcedColors: "none", viewport: WIDE },
  { colorScheme: "light", forcedColors: "none", viewport: NARROW },
  { colorScheme: "dark", forcedColors: "active", viewport: ZOOMED },
] as const;
/** The first and the last, for pages with the layout of another one. */
export const FEWER = [LOOKS[0], LOOKS[3]] as const;
/** The viewport and colours for a page. */
export type Look = (typeof LOOKS)[number];

/** Runs axe on a page in a look, and measures the page's width. */
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

/** The violations found by axe, one per line. */
async function violations(page: Page): Promise<string[]> {
  // evaluate() is not subject to the page's CSP, unlike a script element.
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

/**
 * Elements that overflow the window horizontally; on a phone, only tables of mere numbers may
 * scroll in their region.
 */
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
