import { sessionCookie } from "../../lib/accounts/cookies.ts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Sample, Secrets } from "./_sample.ts";

/** The viewer of a page. */
export type Viewer = "anyone" | "user" | "admin" | "blocked";

/** A page to check. */
export interface SeenPage {
  /** For names of files and test steps. */
  name: string;
  path: string;
  viewer: Viewer;
  /** The actions on the page before the check. */
  act?: (page: Page) => Promise<void>;
}

/** The address of each viewer; the server accepts it if it trusts 127.0.0.1. */
export const ADDRESSES: Record<Viewer, string> = {
  anyone: "2003:e8:2714:5900:1c3b:9ff:fe12:77aa",
  user: "203.0.113.77",
  admin: "198.51.100.7",
  blocked: "185.220.101.4",
};

/** Wide enough for a keyboard to be likely. */
const DESK = { width: 1280, height: 800 };

/** Every page of the contract except the set-up page, which is gone once there is an admin. */
export function pagesToSee({ busy, blocked }: Sample): SeenPage[] {
  const admin = (
    name: string,
    path = `/admin/${name}`,
    act?: SeenPage["act"],
  ): SeenPage => ({ name, path, viewer: "admin", act });
  return [
    { name: "home", path: "/", viewer: "anyone" },
    { name: "login", path: "/login", viewer: "anyone" },
    {
      name: "login-wrong",
      path: "/login",
      viewer: "anyone",
      act: (page) => fillAccount(page, "maria", "not my password"),
    },
    {
      name: "signup-refused",
      path: "/signup",
      viewer: "anyone",
      act: (page) => fillAccount(page, "new-person", "password"),
    },
    { name: "signup", path: "/signup", viewer: "anyone" },
    { name: "logout-anyone", path: "/logout", viewer: "anyone" },
    { name: "not-found", path: "/no/such/page", viewer: "anyone" },
    { name: "blocked-visitor", path: "/", viewer: "blocked" },
    { name: "home-user", path: "/", viewer: "user" },
    { name: "profile", path: "/profile", viewer: "user" },
    {
      name: "profile-refused",
      path: "/profile",
      viewer: "user",
      act: async (page) => {
        await page.fill("#current", "not my password");
        await page.fill("#next", "another good password");
        await page.click("text=Change password >> visible=true >> nth=-1");
        await page.waitForSelector("[aria-invalid]");
      },
    },
    {
      name: "profile-delete",
      path: "/profile",
      viewer: "user",
      async act(page) {
        await page.getByText("Delete my account").first().click();
      },
    },
    { name: "password", path: "/profile/password", viewer: "user" },
    { name: "second-factor", path: "/profile/second-factor", viewer: "user" },
    { name: "logout", path: "/logout", viewer: "user" },
    { name: "forbidden", path: "/admin", viewer: "user" },
    admin("dashboard", "/admin"),
    admin("dashboard-30d", "/admin?range=30d"),
    admin("dashboard-custom", "/admin?since=2026-01-01&sort=name"),
    admin("requests"),
    admin("requests-menu", "/admin/requests?path!=/x", async (page) => {
      for (const text of ["GET", "Saved filters"]) {
        const summary = page.locator("summary").getByText(text).first();
        if (await summary.count()) await summary.click();
      }
    }),
    admin("requests-live", "/admin/requests?live=1"),
    admin("shortcuts", "/admin/users", async (page) => {
      await page.setViewportSize(DESK);
      await page.getByRole("button", { name: "Shortcuts" }).click();
    }),
    admin("block-dialog", "/admin/requests", async (page) => {
      await page.setViewportSize(DESK);
      await page.getByRole("button", { name: "Shortcuts" }).waitFor();
      await page.keyboard.press("b");
    }),
    admin("requests-filtered", "/admin/requests?status=4xx&outcome=blocked"),
    admin("requests-none", "/admin/requests?path=/nothing/like/this"),
    admin("requests-open", "/admin/requests", async (page) => {
      const details = page.getByRole("link", { name: /Details of / });
      if (await details.count() === 0) return;
      await details.first().click();
      await page.locator("#record").waitFor();
    }),
    admin("overview-filtered", "/admin?status=4xx&range=7d"),
    admin("overview-all", "/admin?all=paths"),
    admin("about-path", "/admin/about?path=/login"),
    admin("about-operator", "/admin/about?asn=64500"),
    admin("block-operator", "/admin/blocked/operator?asn=64500"),
    admin("search", "/admin/search?q=login"),
    admin("logins"),
    admin("users-ask", "/admin/users", async (page) => {
      const ask = page.getByRole("button", { name: /^Make admin: / });
      if (await ask.count() === 0) return;
      await ask.first().click();
      await page.locator("#confirm").waitFor();
    }),
    admin("incident", "/admin/incidents", async (page) => {
      const decide = page.getByRole("link", { name: /^Decide: / });
      if (await decide.count() === 0) return;
      await decide.first().click();
      await page.locator("#decide").waitFor();
    }),
    admin("requests-wrong", "/admin/requests?ip=300.1.2.3"),
    admin("dossier", `/admin/ip/${busy}`),
    admin("dossier-blocked", `/admin/ip/${blocked}`),
    admin("dossier-erase", `/admin/ip/${blocked}`, async (page) => {
      await page.getByText("Erase this address").click();
    }),
    admin("dossier-range", "/admin/ip/45.155.205.0%2F24"),
    admin("blocked"),
    admin("blocked-preview", "/admin/blocked", async (page) => {
      await page.fill("#block-ip", `${busy.replace(/\d+$/, "0")}/24`);
      await page.press("#block-ip", "Enter");
      await page.waitForSelector("#preview");
    }),
    admin("blocked-refused", "/admin/blocked", async (page) => {
      await page.fill("#block-ip", ADDRESSES.admin);
      await page.getByRole("button", { name: "Block", exact: true }).click();
      await page.waitForSelector("[role=alert]");
    }),
    admin("suspicious"),
    admin("suspicious-evidence", "/admin/suspicious?view=all", async (page) => {
      const details = page.locator("details summary");
      if (await details.count()) await details.first().click();
    }),
    admin("suspicious-resolved", "/admin/suspicious?view=resolved"),
    admin("blocked-import", "/admin/blocked/import"),
    admin("feeds"),
    // With an action, as they exist only when the store is full.
    admin(
      "feed",
      "/admin/feeds/spamhaus-drop",
      (page) => page.getByText("Result of the last list").waitFor(),
    ),
    admin(
      "feed-failed",
      "/admin/feeds/attackers?remove=1",
      (page) => page.getByText("Remove attackers?").waitFor(),
    ),
    admin("feed-waits", "/admin/feeds/firehol-level1", async (page) => {
      for (const details of await page.locator("details summary").all()) {
        await details.click();
      }
    }),
    admin("users"),
    admin("user", "/admin/users", async (page) => {
      await page.getByRole("link", { name: "jonas", exact: true }).click();
      await page.waitForURL("**/admin/users/*");
      await page.getByRole("button", { name: "Reset password" }).click();
      await page.locator("#new-password").waitFor();
    }),
    admin("rules"),
    admin("policy"),
    admin("policy-rehearsed", "/admin/policy?bot=tool&action=challenge"),
    admin("policy-wrong", "/admin/policy", async (page) => {
      await page.fill("#declaration", '{ "rules": [{ "nmae": "a" }] }');
      await page.getByRole("button", { name: "Rehearse", exact: true }).click();
      await page.waitForSelector("#rehearsal [role=alert]");
    }),
    admin("bots"),
    admin("incidents"),
    admin("audit"),
    admin("health"),
    admin("alerts"),
  ];
}

/** A browser context for a viewer: its address, and its session if it has one. */
export async function contextOf(
  browser: Browser,
  origin: string,
  viewer: Viewer,
  secrets: Secrets,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    ...options,
    extraHTTPHeaders: { "x-forwarded-for": ADDRESSES[viewer] },
  });
  const value = viewer === "admin"
    ? secrets.adminSecret
    : viewer === "user"
    ? secrets.userSecret
    : null;
  if (value !== null) {
    const name = sessionCookie.name(false);
    await context.addCookies([{ name, value, url: origin }]);
  }
  return context;
}

async function fillAccount(
  page: Page,
  username: string,
  password: string,
): Promise<void> {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.press("#password", "Enter");
  await page.waitForSelector("[role=alert]");
}
