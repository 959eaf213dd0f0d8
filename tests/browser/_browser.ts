import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
} from "playwright-core";

/** The Chromium that browser tests run in, or null where there is none. */
export const chromiumPath: string | null = await findChromium();

/** Whether a missing Chromium is a failure and not a reason to skip (`REQUIRE_BROWSER=1`). */
export const isBrowserRequired: boolean =
  Deno.env.get("REQUIRE_BROWSER") === "1";

/** What to do about a missing Chromium. */
export const NO_CHROMIUM =
  "no Chromium found: install chromium or google-chrome, or name one in CHROMIUM";

/** Keeps the browser from doing anything of its own: no downloads, no calls home. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What {@linkcode launchChromium} can be told. */
export interface LaunchOptions {
  /** Whether pages that were left are kept for going back, as without a driver. */
  keepsPages?: boolean;
}

/**
 * Starts Chromium with a fresh profile, which is removed when it is closed.
 *
 * @throws {Error} where no Chromium was found.
 */
export async function launchChromium(
  { keepsPages = false }: LaunchOptions = {},
): Promise<Browser> {
  if (chromiumPath === null) {
    throw new Error(`Cannot start a browser: ${NO_CHROMIUM}`);
  }
  return await chromium.launch({
    executablePath: chromiumPath,
    args: QUIET,
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
  });
}

/**
 * Registers a test that gets a browser of its own. Where there is none and none is required, there
 * is no test either: chromium_test.ts says so, once.
 */
export function browserTest(
  name: string,
  test: (browser: Browser, t: Deno.TestContext) => Promise<void>,
  options: LaunchOptions = {},
): void {
  if (chromiumPath === null && !isBrowserRequired) return;
  Deno.test({
    name,
    // The driver leaves pipes and timers of its own.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(t) {
      const browser = await launchChromium(options);
      try {
        await test(browser, t);
      } finally {
        await browser.close();
      }
    },
  });
}

/** A page that collects what goes wrong in it: exceptions, console errors, refusals by the CSP. */
export async function watchedPage(
  context: BrowserContext,
): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  // Nothing takes so long but on a machine with much else to do.
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // Chromium reports every page that is answered with 4xx; those are asked for here.
    if (/^Failed to load resource: .* status of 4\d\d/.test(message.text())) {
      if (message.location().url === page.url()) return;
    }
    errors.push(`${page.url()}: ${message.text()}`);
  });
  return { page, errors };
}

async function findChromium(): Promise<string | null> {
  const named = Deno.env.get("CHROMIUM");
  if (named) return await isFile(named) ? named : null;
  const folders = ["/usr/bin", ...(Deno.env.get("PATH") ?? "").split(":")];
  for (const name of ["chromium", "google-chrome", "chromium-browser"]) {
    for (const folder of folders) {
      const path = `${folder}/${name}`;
      if (folder && await isFile(path)) return path;
    }
  }
  return null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
