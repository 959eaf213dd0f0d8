import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
} from "playwright-core";

/** The Chromium for browser tests, or null if there is none. */
export const chromiumPath: string | null = await findChromium();

/** Whether a missing Chromium is a failure instead of a reason to skip (`REQUIRE_BROWSER=1`). */
export const isBrowserRequired: boolean =
  Deno.env.get("REQUIRE_BROWSER") === "1";

/** What to do about a missing Chromium. */
export const NO_CHROMIUM =
  "no Chromium found: install chromium or google-chrome, or name one in CHROMIUM";

/** Disables the browser's own network activity: no downloads, no telemetry. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The options of {@linkcode launchChromium}. */
export interface LaunchOptions {
  /** Whether the back/forward cache is on, as without a driver. */
  keepsPages?: boolean;
}

/**
 * Starts Chromium with a fresh profile, which is removed when it is closed.
 *
 * @throws {Error} if no Chromium was found.
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
 * Registers a test with a browser of its own. If there is none and none is required, no test is
 * registered: chromium_test.ts reports it once.
 */
export function browserTest(
  name: string,
  test: (browser: Browser, t: Deno.TestContext) => Promise<void>,
  options: LaunchOptions = {},
): void {
  if (chromiumPath === null && !isBrowserRequired) return;
  Deno.test({
    name,
    // The driver leaves pipes and timers open.
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

/** A page that collects its errors: exceptions, console errors, CSP violations. */
export async function watchedPage(
  context: BrowserContext,
): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  // Only a machine under heavy load takes that long.
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // Chromium reports every 4xx page; the tests request those on purpose.
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
