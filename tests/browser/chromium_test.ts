import { chromiumPath, isBrowserRequired, NO_CHROMIUM } from "./_browser.ts";

// The one line about it: a test that is ignored, which is also shown where output is quiet.
Deno.test({
  name: chromiumPath === null
    ? `browser tests are skipped: ${NO_CHROMIUM}`
    : "browser: a Chromium is there",
  ignore: chromiumPath === null && !isBrowserRequired,
  fn() {
    if (chromiumPath === null) throw new Error("REQUIRE_BROWSER is 1");
  },
});
