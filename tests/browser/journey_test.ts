import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { startServer, type TestServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";

const PASSWORD = "correct horse battery";
const STRANGER = "203.0.113.50";

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with" : "without";
  browserTest(
    `journey: from set-up to unblocking, ${how} JavaScript`,
    async (browser, t) => {
      // A server on this machine, so that X-Forwarded-For can be any address.
      await using server = await startServer({
        env: { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" },
      });
      const visitor = (ip: string) =>
        open(browser, server, ip, javaScriptEnabled);
      const admin = await visitor("198.51.100.7");
      const user = await visitor("198.51.100.8");

      await t.step("the set-up link makes the first admin, once", async () => {
        const { page } = admin;
        assert(server.setupLink);
        await page.goto(server.setupLink);
        // Without JavaScript the token is typed.
        const token = new URL(server.setupLink).hash.slice(1);
        if (!javaScriptEnabled) await page.fill("#token", token);
        else assertEquals(await page.inputValue("#token"), token);
        await submitAccount(page, "maria");
        await page.waitForURL("**/admin");
        assertEquals(await page.textContent("h1"), "Overview");
        const again = await user.page.goto(server.setupLink);
        assertEquals(again!.status(), 403);
      });

      await t.step("signing up leads to the profile", async () => {
        const { page } = user;
        await page.goto(`${server.origin}/`);
        await page.click("header >> text=Sign up");
        await submitAccount(page, "jonas");
        await page.waitForURL("**/profile?*");
        await page.getByText("Welcome!").waitFor();
        assertEquals(
          (await page.goto(`${server.origin}/admin`))!.status(),
          403,
        );
      });

      await t.step(
        "logging out and in again leads to where one was going",
        async () => {
          const { page } = user;
          await page.goto(`${server.origin}/profile`);
          await page.click("text=Log out");
          await page.waitForURL(`${server.origin}/`);
          await page.goto(`${server.origin}/profile`);
          assertEquals(new URL(page.url()).pathname, "/login");
          await submitAccount(page, "jonas");
          await page.waitForURL("**/profile");
        },
      );

      await t.step(
        "wrong passwords end in a wait that page and header agree on",
        () => guessUntilLimited(browser, server, javaScriptEnabled),
      );

      await t.step(
        "a blocked address gets the refusal and nothing else",
        async () => {
          const { page } = admin;
          await page.goto(`${server.origin}/admin/blocked`);
          await page.fill("#block-ip", STRANGER);
          await page.fill("#block-reason", "made up for a test");
          await page.getByRole("button", { name: "Block", exact: true })
            .click();
          await page.waitForURL("**/admin/blocked?done=block*");
          await page.getByRole("link", { name: STRANGER, exact: true })
            .waitFor();

          const stranger = await visitor(STRANGER);
          await refusedWithin(stranger.page, `${server.origin}/`, 2_000);
          assertEquals(
            await stranger.page.textContent("h1"),
            "Your IP has been blocked.",
          );
          const text = await stranger.page.textContent("body") ?? "";
          assert(!text.includes("made up for a test"), text);
          assertEquals(stranger.errors, []);
        },
      );

      await t.step("unblocked, it is let in at once", async () => {
        const { page } = admin;
        await page.getByRole("button", { name: `Unblock ${STRANGER}` }).click();
        await page.waitForURL("**/admin/blocked?done=unblock*");
        const stranger = await visitor(STRANGER);
        const response = await stranger.page.goto(`${server.origin}/`);
        assertEquals(response!.status(), 200);
        assertEquals(
          await stranger.page.textContent("h1"),
          "Protected by Portcullis",
        );
        assertEquals(stranger.errors, []);
      });

      await t.step(
        "logged out, the admin's pages ask for a login",
        async () => {
          const { page } = admin;
          await page.click("text=Log out");
          await page.waitForURL(`${server.origin}/`);
          await page.goto(`${server.origin}/admin/users`);
          assertEquals(
            page.url(),
            `${server.origin}/login?next=%2Fadmin%2Fusers`,
          );
        },
      );

      assertEquals(admin.errors, []);
      assertEquals(user.errors, []);
      assertEquals(server.errors().match(/sys_error/g), null);
    },
  );
}

async function open(
  browser: Browser,
  { origin }: TestServer,
  ip: string,
  javaScriptEnabled: boolean,
) {
  const context = await browser.newContext({
    baseURL: origin,
    javaScriptEnabled,
    extraHTTPHeaders: { "x-forwarded-for": ip },
  });
  return await watchedPage(context);
}

async function submitAccount(
  page: Page,
  username: string,
  password = PASSWORD,
): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("main button[type=submit]").click();
}

async function guessUntilLimited(
  browser: Browser,
  server: TestServer,
  javaScriptEnabled: boolean,
): Promise<void> {
  const { page, errors } = await open(
    browser,
    server,
    "203.0.113.99",
    javaScriptEnabled,
  );
  await page.goto(`${server.origin}/login`);
  const statuses: number[] = [];
  for (let attempt = 1; attempt <= 6; attempt++) {
    const [response] = await Promise.all([
      page.waitForResponse((response) =>
        response.request().method() === "POST"
      ),
      submitAccount(page, "maria", `guess number ${attempt}`),
    ]);
    await page.waitForLoadState();
    statuses.push(response.status());
    const said = await page.textContent("[role=alert]") ?? "";
    if (response.status() === 429) {
      const seconds = response.headers()["retry-after"];
      assert(/^[1-9]\d*$/.test(seconds ?? ""), `Retry-After: ${seconds}`);
      assertEquals(/(\d+) seconds?\b/.exec(said)?.[1], seconds, said);
    }
  }
  assertEquals(statuses, [401, 401, 401, 401, 401, 429]);
  assertEquals(errors, []);
}

/** Another process's change arrives within a second; the page's own at once. */
async function refusedWithin(
  page: Page,
  url: string,
  ms: number,
): Promise<void> {
  const until = Date.now() + ms;
  for (;;) {
    const response = await page.goto(url);
    if (response!.status() === 403) return;
    assert(Date.now() < until, `${response!.status()} after ${ms} ms`);
    await page.waitForTimeout(100);
  }
}
