/**
 * External accounts in a browser: by an identity provider, and by a proxy's header.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { CLIENT, freePort, startProvider } from "../routes/_provider.ts";
import { startServer } from "../_server.ts";
import { FEWER, isAccessible } from "./_accessible.ts";
import { browserTest, watchedPage } from "./_browser.ts";

const LOCAL = {
  ADMIN_USERNAME: "recovery",
  ADMIN_PASSWORD: "kept in a safe, for the day",
};

async function inAllLooks(page: Page, name: string): Promise<void> {
  // The remaining looks are the same as for any page.
  for (const look of FEWER) {
    await isAccessible(page, name, look);
  }
}

async function says(page: Page, text: string | RegExp): Promise<void> {
  await page.locator("#main").getByText(text).first().waitFor();
}

/** A user with a browser of their own. */
async function visitor(browser: Browser, origin: string) {
  const context = await browser.newContext({ baseURL: origin });
  const { page, errors } = await watchedPage(context);
  return { context, page, errors };
}

browserTest(
  "a login at an identity provider: the way there and back, roles, logging out, and what goes wrong",
  async (browser, t) => {
    const port = freePort();
    const origin = `http://127.0.0.1:${port}`;
    await using provider = await startProvider({
      redirectUri: `${origin}/login/oidc/callback`,
      afterLogout: `${origin}/login`,
    });
    provider.people.set("1", {
      preferred_username: "maria",
      groups: ["operators"],
    });
    await using _server = await startServer({
      env: {
        ...LOCAL,
        ...CLIENT,
        PORT: String(port),
        PUBLIC_ORIGIN: origin,
        GEO_PROVIDER: "off",
        OIDC_ISSUER: provider.issuer,
        OIDC_SCOPES: "openid profile roles",
        OIDC_ROLES_CLAIM: "groups",
        OIDC_LABEL: "Example SSO",
        ADMIN_ROLES: "operators",
      },
    });
    const { context, page, errors } = await visitor(browser, origin);

    async function logIn(path = "/admin"): Promise<void> {
      await page.goto(path);
      await page.getByRole("link", { name: "Log in with Example SSO" }).click();
      await page.locator('input[name="login"]').fill("1");
      await page.locator('input[name="password"]').fill("any");
      await page.locator('button[type="submit"]').click();
      await page.locator('button[type="submit"]').click();
      await page.waitForURL(`${origin}${path}`);
    }

    await t.step(
      "the way to the provider stands above the local accounts",
      async () => {
        await page.goto("/admin");
        const links = page.locator("#main a.button, #main button[type=submit]");
        assertEquals(await links.allInnerTexts(), [
          "Log in with Example SSO",
          "Log in",
        ]);
        await inAllLooks(page, "provider-login");
      },
    );
    await t.step(
      "a role of the provider's opens the console, and the profile says where it is from",
      async () => {
        await logIn();
        assert(new URL(page.url()).pathname === "/admin");
        await page.goto("/profile");
        await says(page, /Example SSO/);
        assertEquals(await page.locator('input[type="password"]').count(), 0);
        await inAllLooks(page, "provider-profile");
      },
    );
    await t.step("People says who has an account from where", async () => {
      await page.goto("/admin/users");
      const row = page.getByRole("row").filter({ hasText: "maria" });
      assertEquals(await row.count(), 1);
      await inAllLooks(page, "provider-people");
    });
    await t.step(
      "a role that is lost is lost with the next login",
      async () => {
        provider.people.set("1", {
          preferred_username: "maria",
          groups: ["staff"],
        });
        await context.clearCookies();
        await logIn("/profile");
        await page.goto("/admin");
        await says(page, "Example SSO says at each login which role you have");
        await inAllLooks(page, "provider-role-lost");
      },
    );
    await t.step("logging out ends the session at both ends", async () => {
      await page.goto("/logout");
      await inAllLooks(page, "provider-logout");
      await page.locator("#main button[type=submit]").click();
      await page.waitForURL((url) => url.origin === provider.issuer);
      await page.locator('button[value="yes"]').click();
      await page.waitForURL(`${origin}/login**`);
      await page.goto("/profile");
      assertEquals(new URL(page.url()).pathname, "/login");
    });
    await t.step(
      "who refuses at the provider is told, and can begin again",
      async () => {
        await page.goto("/login");
        await page.getByRole("link", { name: "Log in with Example SSO" })
          .click();
        await page.locator('input[name="login"]').waitFor();
        await page.getByRole("link", { name: /cancel/i }).click();
        await says(page, "Example SSO did not log you in");
        await page.getByRole("link", { name: "Try again" }).waitFor();
        await inAllLooks(page, "provider-refused");
      },
    );
    await t.step(
      "an answer that nobody here waits for is refused",
      async () => {
        await page.goto("/login/oidc/callback?code=x&state=another");
        await says(page, "Start again");
        await inAllLooks(page, "provider-state");
      },
    );
    // The provider's pages are not part of this project.
    const ours = errors.filter((error) => !error.startsWith(provider.issuer));
    assertEquals(ours, []);
    await context.close();
  },
);

browserTest(
  "where the identity provider is down, that is said, and the local account goes on",
  async (browser) => {
    const port = freePort();
    await using server = await startServer({
      env: {
        ...LOCAL,
        ...CLIENT,
        PORT: String(port),
        PUBLIC_ORIGIN: `http://127.0.0.1:${port}`,
        GEO_PROVIDER: "off",
        // Nothing listens there.
        OIDC_ISSUER: `http://127.0.0.1:${freePort()}`,
        OIDC_LABEL: "Example SSO",
      },
    });
    const { context, page, errors } = await visitor(browser, server.origin);
    await page.goto("/admin");
    await page.getByRole("link", { name: "Log in with Example SSO" }).click();
    await says(page, "Example SSO");
    await inAllLooks(page, "provider-down");
    await page.getByRole("link", { name: "Use an account of this site" })
      .click();
    await page.getByLabel("User name").fill(LOCAL.ADMIN_USERNAME);
    await page.getByLabel("Password").fill(LOCAL.ADMIN_PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(`${server.origin}/admin`);
    assertEquals(errors.filter((error) => !/status of 503/.test(error)), []);
    await context.close();
  },
);

browserTest(
  "accounts by a proxy's word: profile, People, logging out, and names that are refused",
  async (browser, t) => {
    await using server = await startServer({
      env: {
        ...LOCAL,
        GEO_PROVIDER: "off",
        TRUSTED_PROXIES: "127.0.0.1",
        REMOTE_USER_HEADER: "x-remote-user",
        REMOTE_ROLES_HEADER: "x-remote-roles",
      },
    });
    const people = {
      admin: {
        "x-remote-user": "ann@example.org",
        "x-remote-roles": "portcullis-admin",
      },
      user: { "x-remote-user": "ben@example.org", "x-remote-roles": "staff" },
      taken: { "x-remote-user": LOCAL.ADMIN_USERNAME },
      bad: { "x-remote-user": "a b" },
    };
    const { context, page, errors } = await visitor(browser, server.origin);
    const look = (
      name: string,
      who: keyof typeof people,
      path: string,
      check: (page: Page) => Promise<void> = async () => {},
    ) =>
      t.step(name, async () => {
        await page.setExtraHTTPHeaders(people[who]);
        await page.goto(path);
        await check(page);
        await inAllLooks(page, name);
      });
    await look("proxy-home", "user", "/");
    await look("proxy-profile", "user", "/profile", async (page) => {
      assertEquals(await page.locator('input[type="password"]').count(), 0);
    });
    await look(
      "proxy-no-role",
      "user",
      "/admin",
      (page) => says(page, "says which role you have"),
    );
    await look("proxy-admin", "admin", "/admin/users", async (page) => {
      for (
        const name of [
          "ann@example.org",
          "ben@example.org",
          LOCAL.ADMIN_USERNAME,
        ]
      ) {
        assertEquals(
          await page.getByRole("row").filter({ hasText: name }).count(),
          1,
          name,
        );
      }
    });
    await look(
      "proxy-logout",
      "admin",
      "/logout",
      (page) => says(page, "until you log out there"),
    );
    await look(
      "proxy-taken",
      "taken",
      "/profile",
      (page) => says(page, "called recovery already"),
    );
    await look(
      "proxy-bad-name",
      "bad",
      "/login",
      (page) => says(page, "no user name"),
    );
    assertEquals(errors, []);
    await context.close();
  },
);
