import { chromiumPath, isBrowserRequired, NO_CHROMIUM } from "./_browser.ts";

// Reported once: an ignored test is listed even with quiet output.
Deno.test({
  name: chromiumPath === null
    ? `browser tests are skipped: ${NO_CHROMIUM}`
    : "browser: a Chromium is there",
  ignore: chromiumPath === null && !isBrowserRequired,
  fn() {
    if (chromiumPath === null) throw new Error("REQUIRE_BROWSER is 1");
  },
});
