/** `deno task screenshots`: screenshots of every page, for review and for the README. */
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { findUserByName } from "../lib/accounts/users.ts";
import { dismissFirstSteps } from "../lib/console/first_steps.ts";
import { launchChromium } from "../tests/browser/_browser.ts";
import {
  contextOf,
  pagesToSee,
  type SeenPage,
} from "../tests/browser/_pages.ts";
import {
  fillAccounts,
  fillSample,
  type Secrets,
} from "../tests/browser/_sample.ts";
import { startServer } from "../tests/_server.ts";
import { parseTaskArgs } from "./_cli.ts";

const args = parseTaskArgs({
  usage:
    "deno task screenshots [--out FOLDER] [--log FILE] [--only NAMES] [--full]",
  about:
    "Starts the server with sample data of two days and takes a screenshot of every page, light and dark, wide and narrow.",
  options: {
    out: ["FOLDER", "the output folder; data/screenshots"],
    log: ["FILE", "an access log with visitors; generated otherwise"],
    only: [
      "NAMES",
      "only these, separated by commas: pages, or pictures such as dashboard-light-wide",
    ],
  },
  flags: { full: "the whole page, not only the window" },
});
const out = args.out ?? "data/screenshots";
const only = args.only?.split(",");
const SIZES = {
  wide: { width: 1280, height: 800 },
  narrow: { width: 390, height: 844 },
};
/** The user agent of visitors, in the log as well. */
const USER_AGENT =
  "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";
const SCHEMES = ["light", "dark"] as const;

await Deno.mkdir(out, { recursive: true });
await using server = await startServer({
  env: { TRUSTED_PROXIES: "127.0.0.1" },
});
using kv = await Deno.openKv(server.kvPath);
const browser = await launchChromium();
try {
  const none = { adminSecret: "", userSecret: "" };
  const path = server.setupLink!.slice(server.origin.length);
  await shoot(browser, [{ name: "setup", path, viewer: "anyone" }], none);
  const secrets = await fillAccounts(kv, Date.now);
  const log = args.log === undefined ? undefined : pathToFileURL(args.log);
  const sample = await fillSample(kv, Date.now(), { log, geo: true });
  const maria = await findUserByName({ kv }, "maria");
  // They would fill the picture of the overview.
  await dismissFirstSteps(kv, maria!.id, Date.now());
  await shoot(browser, pagesToSee(sample), secrets);
} finally {
  await browser.close();
}

/** Writes `<name>-<light|dark>-<wide|narrow>.png` for each page. */
async function shoot(
  browser: Browser,
  pages: SeenPage[],
  secrets: Secrets,
): Promise<void> {
  for (const { name, path, viewer, act } of pages) {
    for (const colorScheme of SCHEMES) {
      for (const [size, viewport] of Object.entries(SIZES)) {
        const picture = `${name}-${colorScheme}-${size}`;
        if (only && !only.includes(name) && !only.includes(picture)) continue;
        const context = await contextOf(
          browser,
          server.origin,
          viewer,
          secrets,
          { colorScheme, viewport, userAgent: USER_AGENT },
        );
        const page = await context.newPage();
        await page.goto(server.origin + path);
        await act?.(page);
        await page.screenshot({
          path: `${out}/${picture}.png`,
          fullPage: args.full,
        });
        await context.close();
      }
    }
  }
}
