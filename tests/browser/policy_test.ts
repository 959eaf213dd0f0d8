import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { storedPolicy } from "../../lib/policy/policy_store.ts";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf } from "./_pages.ts";
import { fillAccounts, fillSample } from "./_sample.ts";

const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
const RULE =
  `{ "rules": [{ "name": "nowhere", "refuse": true, "when": { "path": "/no/such/*" } }] }`;

async function startConsole() {
  const server = await startServer({ env: ENV });
  const kv = await Deno.openKv(server.kvPath);
  const secrets = await fillAccounts(kv, Date.now);
  await fillSample(kv, Date.now());
  return {
    ...{ server, kv, secrets },
    rules: async () => (await storedPolicy(kv))?.text ?? "[]",
    async [Symbol.asyncDispose]() {
      kv.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const rehearsal = (page: Page) => page.locator("#rehearsal");

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let stop = 0; stop < 80; stop++) {
    const isThere = await page.evaluate(
      (selector) => document.activeElement?.matches(selector) ?? false,
      selector,
    );
    if (isThere) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Cannot reach ${selector} by Tab`);
}

browserTest(
  "policy: what is typed is rehearsed beside it, applied by one key, and undone by another",
  async (browser) => {
    await using place = await startConsole();
    const { server, secrets, rules } = place;
    const context = await contextOf(browser, server.origin, "admin", secrets);
    const { page, errors } = await watchedPage(context);
    await page.goto(`${server.origin}/admin/policy`);
    const before = await rules();
    await tabTo(page, "#declaration");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(RULE.slice(0, -4));
    await rehearsal(page).locator("[role=alert]").waitFor();
    assertStringIncludes(await rehearsal(page).innerText(), "line 1, column");
    await page.keyboard.insertText(RULE.slice(-4));
    await rehearsal(page).getByText("nowhere would have refused nothing")
      .waitFor();
    assertEquals(await rules(), before);

    // The rehearsal is either of the current text, or cannot be applied.
    const apply = rehearsal(page).locator("[data-apply]");
    assert(await apply.isEnabled());
    await page.keyboard.insertText(" ");
    assert(await apply.isDisabled());
    await page.waitForSelector("[data-apply]:not([disabled])");

    await tabTo(page, "[data-apply]");
    await page.keyboard.press("Enter");
    await page.getByText("Applied. It takes effect").waitFor();
    assertStringIncludes(await rules(), "nowhere");
    await tabTo(page, "button[value=undo]");
    await page.keyboard.press("Enter");
    await page.getByText("Undone: the previous policy").waitFor();
    assertEquals(await rules(), before);
    assertEquals(errors, []);
  },
);

browserTest(
  "policy: a crawler is refused from the page of bots in two clicks, without JavaScript as well",
  async (browser) => {
    await using place = await startConsole();
    const { server, secrets, rules } = place;
    for (const javaScriptEnabled of [true, false]) {
      const context = await contextOf(
        browser,
        server.origin,
        "admin",
        secrets,
        { javaScriptEnabled },
      );
      const page = await context.newPage();
      await page.goto(`${server.origin}/admin/bots`);
      const name = javaScriptEnabled ? "curl" : "seo";
      await page.getByLabel(`What to do with ${name}`).selectOption("refuse");
      await page.getByRole("button", { name: `Rehearse it for ${name}` })
        .click();
      await rehearsal(page).getByText(`bot-${name} would have refused`)
        .waitFor();
      await rehearsal(page).getByRole("button", { name: "Apply" }).click();
      await page.getByText("Applied. It takes effect").waitFor();
      assertStringIncludes(await rules(), `bot-${name}`);
      await page.goto(`${server.origin}/admin/bots`);
      assertStringIncludes(await page.content(), `>bot-${name}</a>`);
      await context.close();
    }
  },
);
