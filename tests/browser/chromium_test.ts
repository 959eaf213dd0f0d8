import { chromiumPath, isBrowserRequired, NO_CHROMIUM } from "./_browser.ts";

// The one place that says why the others are ignored.
Deno.test("browser: a Chromium is there, or the browser tests are skipped", () => {
  if (chromiumPath !== null) return;
  if (isBrowserRequired) throw new Error(`REQUIRE_BROWSER=1: ${NO_CHROMIUM}`);
  console.log(`Browser tests skipped: ${NO_CHROMIUM}.`);
});
