import { assert, assertEquals } from "@std/assert";
import { Builder } from "fresh/dev";
import { type Browser, chromium, type Page } from "playwright-core";
import { createApp } from "./fixture/main.ts";

const root = new URL("./fixture", import.meta.url).href;
const executablePath = await findChromium();
const isRequired = Deno.env.get("REQUIRE_BROWSER") === "1";

/** Runs a test on the fixture in a page that collects its errors. */
function browserTest(
  name: string,
  test: (page: Page, origin: string, errors: string[]) => Promise<void>,
  options: { policy?: boolean } = {},
): void {
  // tests/browser/chromium_test.ts reports that they are skipped, and why.
  if (executablePath === null && !isRequired) return;
  Deno.test({
    name,
    // The driver leaves pipes and timers open.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const app = createApp(options);
      const build = await new Builder({ root }).build({ snapshot: "memory" });
      build(app);
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        app.handler(),
      );
      let browser: Browser | undefined;
      try {
        browser = await chromium.launch({
          executablePath: executablePath ?? "chromium",
          args: ["--no-sandbox"],
        });
        const page = await browser.newPage();
        page.setDefaultTimeout(5_000);
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(String(error)));
        page.on("console", (message) => {
          // Browsers request an icon by themselves.
          const isIcon = message.location().url.endsWith("/favicon.ico");
          if (message.type() === "error" && !isIcon) {
            errors.push(message.text());
          }
        });
        await test(page, `http://127.0.0.1:${server.addr.port}`, errors);
      } finally {
        await browser?.close();
        await server.shutdown();
      }
    },
  });
}

browserTest(
  "islands: hydrate under a strict policy, share a signal and keep their slots",
  async (page, origin, errors) => {
    const response = await page.goto(`${origin}/islands`);
    const policy = response!.headers()["content-security-policy"]!;
    assert(/script-src 'self' 'nonce-\w+'/.test(policy), policy);
    assert(!policy.includes("unsafe-inline"), policy);
    await page.getByText("browser 2020 a+</script>").waitFor();

    const text = (selector: string) => page.textContent(selector);
    assertEquals(await text("#one > button"), "one: 3");
    await page.click("#one > button");
    assertEquals(await text("#one > button"), "one: 4");
    assertEquals(await text("#two > button"), "two: 4");
    assertEquals(await text("#nested > button"), "nested: 4");
    await page.click("#nested > button");
    assertEquals(await text("#one > button"), "one: 5");
    assert((await text("em.slot"))!.startsWith("slot of two "));
    assertEquals(await page.getAttribute("em.slot", "data-flag"), "");

    // A slot that the server did not show, twice: shown, hidden, shown.
    assertEquals(await page.locator(".hidden-slot").count(), 0);
    await page.click("#toggle");
    assertEquals(await text("#late > button"), "late: 5");
    await page.click("#toggle");
    assertEquals(await page.locator(".hidden-slot").count(), 0);
    await page.click("#toggle");
    await page.click("#late > button");
    assertEquals(await text("#one > button"), "one: 6");
    assertEquals(await page.locator(".hidden-slot").count(), 1);
    assertEquals(errors, []);
  },
);

browserTest(
  "partials: a click swaps the region and the title, history goes back",
  async (page, origin, errors) => {
    await page.goto(`${origin}/nav/a`);
    await page.click("#outside > button");
    await page.click("#inside > button");
    assertEquals(await page.textContent("#inside > button"), "inside: 11");

    await page.click("#to-b");
    await page.getByText("page b  partial").waitFor();
    assertEquals(await page.title(), "page b");
    assertEquals(page.url(), `${origin}/nav/b`);
    // Elements outside of the region remain, those inside are new.
    assertEquals(await page.textContent("#outside > button"), "outside: 1");
    assertEquals(await page.textContent("#inside > button"), "inside: 10");
    await page.click("#inside > button");
    assertEquals(await page.textContent("#inside > button"), "inside: 11");
    assertEquals(await page.locator("ul > li").count(), 2);
    assertEquals(await page.getAttribute("#to-b", "aria-current"), "page");
    assertEquals(await page.getAttribute("#to-a", "aria-current"), null);

    await page.goBack();
    await page.getByText("page a  partial").waitFor();
    assertEquals(page.url(), `${origin}/nav/a`);
    assertEquals(await page.title(), "page a");
    assertEquals(errors, []);
  },
);

browserTest(
  "partials: f-client-nav={false} is a navigation of the browser",
  async (page, origin, errors) => {
    await page.goto(`${origin}/nav/a`);
    await page.click("#outside > button");
    await page.click("#opt-out");
    await page.getByText("page b  whole").waitFor();
    assertEquals(await page.textContent("#outside > button"), "outside: 0");
    assertEquals(errors, []);
  },
);

browserTest(
  "partials: a GET form swaps and leaves its query out of the address",
  async (page, origin, errors) => {
    await page.goto(`${origin}/nav/a`);
    await page.click("#outside > button");
    await page.click("#submit");
    await page.getByText("page b find me partial").waitFor();
    assertEquals(page.url(), `${origin}/nav/b`);
    assertEquals(await page.textContent("#outside > button"), "outside: 1");
    assertEquals(errors, []);
  },
);

browserTest(
  "partials: a POST form follows the redirect of its answer",
  async (page, origin, errors) => {
    await page.goto(`${origin}/nav/a`);
    await page.click("#outside > button");
    await page.click("#submit-post");
    await page.getByText(/page b posted/).waitFor();
    assertEquals(page.url(), `${origin}/nav/b?q=posted`);
    assertEquals(await page.textContent("#outside > button"), "outside: 1");
    await page.click("#inside > button");
    assertEquals(await page.textContent("#inside > button"), "inside: 11");
    assertEquals(errors, []);
  },
  // upgrade-insecure-requests sends a redirected fetch() to https, where this server does not
  // listen. A native form submission on loopback is not affected.
  { policy: false },
);

browserTest(
  "partials: an answer that is not HTML throws after the address has changed",
  async (page, origin, errors) => {
    await page.goto(`${origin}/nav/a`);
    const thrown = page.waitForEvent("pageerror");
    await page.click("#to-text");
    await thrown;
    assertEquals(page.url(), `${origin}/files/x`);
    assertEquals(await page.textContent("h1"), "page a  whole");
    assertEquals(errors.length, 1);
  },
);

async function findChromium(): Promise<string | null> {
  const named = Deno.env.get("CHROMIUM");
  const folders = ["/usr/bin", ...(Deno.env.get("PATH") ?? "").split(":")];
  const paths = named
    ? [named]
    : ["chromium", "google-chrome", "chromium-browser"].flatMap((name) =>
      folders.map((folder) => `${folder}/${name}`)
    );
  for (const path of paths) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // Not there.
    }
  }
  return null;
}
