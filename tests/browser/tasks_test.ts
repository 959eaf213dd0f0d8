import { assert, assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { addRecentLogins } from "../../lib/accounts/recent_logins.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { dashboardRange } from "../../lib/console/dashboard_range.ts";
import { detectRange } from "../../lib/detection/job.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import { listFindings } from "../../lib/detection/findings.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { appendAudit } from "../../lib/store/audit.ts";
import { keys } from "../../lib/store/keys.ts";
import { audited } from "../../lib/lists/access_audit.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { record, store } from "../log/_records.ts";
import { startServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { Operator } from "./_operator.ts";
import { contextOf } from "./_pages.ts";
import { fillAccounts } from "./_sample.ts";

const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const HAMMER = "203.0.113.50";
const CUSTOMER = "198.51.100.20";
const MONITOR = "192.0.2.77";
const FIREFOX =
  "Mozilla/5.0 (Windows NT 10.0; rv:146.0) Gecko/20100101 Firefox/146.0";
const HOSTING = { asn: 64500, operator: "Example Hosting" };

/** The attacks on a site that the tasks are about. */
function traffic(now: number): RequestRecord[] {
  const night = dashboardRange(new URLSearchParams("range=night"), now);
  const rows: Partial<RequestRecord>[] = [];
  const add = (count: number, from: number, every: number, fields: object) => {
    for (let i = 0; i < count; i++) {
      rows.push({ timestamp: from + i * every, ...fields });
    }
  };
  add(160, night.since + MINUTE, 1_000, {
    ...{ ip_address: HAMMER, path: "/login", method: "POST", status: 401 },
    ...HOSTING,
    user_agent: "python-requests/2.32",
  });
  add(40, now - 5 * HOUR, 60_000, {
    ...{ ip_address: CUSTOMER, path: "/shop", user_agent: FIREFOX },
  });
  add(6, now - 4 * HOUR, 60_000, {
    ...{ ip_address: CUSTOMER, path: "/lost", status: 404 },
    user_agent: FIREFOX,
  });
  add(9, now - 3 * HOUR, 60_000, {
    ...{ ip_address: "192.0.2.5", path: "/search", status: 500 },
    user_agent: FIREFOX,
  });
  add(30, now - 20 * DAY, 8 * HOUR, {
    ...{ ip_address: "192.0.2.6", path: "/reports", user_agent: FIREFOX },
  });
  add(20, now - 9 * DAY, HOUR, {
    ...{ ip_address: "192.0.2.7", path: "/old", user_agent: FIREFOX },
  });
  add(25, now - 2 * HOUR, 60_000, {
    ip_address: "192.0.2.8",
    path: "/feed.xml",
    user_agent: "Mozilla/5.0 (compatible; GPTBot/1.3)",
  });
  return rows.map((fields) => record({ duration_ms: 12, ...fields }))
    .filter(({ timestamp }) => timestamp < now);
}

/** A server with that traffic, and an operator at its console. */
async function begin(browser: Browser, options = {}) {
  const server = await startServer({ env: ENV });
  const kv = await Deno.openKv(server.kvPath);
  const now = Date.now();
  const secrets = await fillAccounts(kv, Date.now);
  // The server's own job judges none of it: only the test's run has findings.
  await kv.set(keys.watermark("detect"), now - now % HOUR);
  await store(kv, () => now, traffic(now));
  await blockIp(kv, () => now, {
    ip: CUSTOMER,
    reason: "charge-back, ticket 4711",
    created_by: "okonkwo",
    also: audited("block", {
      who: "okonkwo",
      from: "198.51.100.9",
      ip: CUSTOMER,
      why: "charge-back, ticket 4711",
    }, () => now),
  });
  const jonas = (await findUserByName({ kv }, "jonas"))!;
  const login = {
    ...{ outcome: "success" as const, city: null, user_agent: FIREFOX },
    count: 1,
  };
  await addRecentLogins({ kv }, jonas.id, [
    { ...login, at: now - DAY, ip_address: "192.0.2.9", country: "Germany" },
    { ...login, at: now - HOUR, ip_address: HAMMER, country: "Brazil" },
  ]);
  const context = await contextOf(browser, server.origin, "admin", secrets, {
    baseURL: server.origin,
    ...options,
  });
  const { page, errors } = await watchedPage(context);
  return {
    server,
    kv,
    page,
    errors,
    operator: new Operator(page),
    async [Symbol.asyncDispose]() {
      await context.close();
      kv.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

browserTest(
  "tasks: what an operator does takes three clicks and keys at most",
  async (browser, t) => {
    await using it = await begin(browser);
    const { operator, page, kv, server, errors } = it;
    const isBlocked = async (ip: string) =>
      (await kv.get(keys.access("blocked", ip))).value !== null;

    await t.step("who hammered us last night; block for a day", async () => {
      await operator.at("/admin");
      await operator.link("last night");
      await page.getByRole("link", { name: HAMMER, exact: true }).waitFor();
      await operator.link(`Dossier: ${HAMMER}`);
      await operator.button("Block 24 h");
      await operator.sees("Blocked.");
      assert(await isBlocked(HAMMER));
      await operator.button("Undo");
      await operator.sees("Undone.", 4);
      assertEquals(await isBlocked(HAMMER), false);
    });

    await t.step("is this customer blocked, and why", async () => {
      await operator.at("/admin/audit");
      await operator.key("/");
      await operator.type(CUSTOMER);
      await operator.key("Enter");
      await operator.sees("charge-back, ticket 4711");
    });

    await t.step("everything one address did, only 404s", async () => {
      await operator.at("/admin");
      await operator.link(CUSTOMER);
      await page.getByText(`Address or range: ${CUSTOMER}`).waitFor();
      await operator.link("404");
      await page.getByText("Status: 404").waitFor();
      await operator.link("6 requests");
      await operator.sees("/lost");
      assertEquals(await page.locator("tbody tr").count(), 6);
    });

    await t.step("which pages had most 5xx, and from whom", async () => {
      await operator.at("/admin");
      const failing = page.getByRole("region", {
        name: "Failing paths (5xx)",
      });
      await operator.click(failing.getByRole("link", { name: "/search" }));
      await page.getByText("Status: 5xx").waitFor();
      const who = page.getByRole("region", { name: "Addresses", exact: true });
      await who.getByRole("link", { name: "192.0.2.5", exact: true }).waitFor();
      assert(operator.steps <= 3);
    });

    await t.step("which users logged in from a new country", async () => {
      await operator.at("/admin");
      await operator.link("People");
      await operator.link("Logins");
      await operator.link("From a new country");
      await operator.sees("Brazil");
      assertEquals(await page.locator("tbody tr").count(), 1);
    });

    await t.step("block an operator; undo it", async () => {
      await operator.at("/admin?range=yesterday");
      await operator.at("/admin?range=7d");
      await operator.link("Dossier: Example Hosting");
      await operator.link(/^Block Example Hosting/);
      await operator.button(/^Block Example Hosting/);
      await operator.sees("Blocked. It takes effect everywhere");
      const refused = async () => {
        const { rules } = JSON.parse(
          await page.request.get("/api/policy").then((r) => r.text()),
        );
        return rules.length;
      };
      assertEquals(await refused(), 1);
      await operator.button("Undo");
      await operator.sees("Undone.", 4);
      assertEquals(await refused(), 0);
    });

    await t.step("block a list of addresses; undo it", async () => {
      const ips = ["203.0.113.1", "203.0.113.2", "2001:db8::3"];
      await operator.at("/admin");
      await operator.link("Lists");
      await page.locator("#block-ip").fill(ips.join(", "));
      await operator.button("Preview");
      await operator.button("Block these 3");
      await operator.sees("3 addresses are blocked");
      for (const ip of ips) assert(await isBlocked(ip), ip);
      await operator.button("Undo");
      await operator.sees("Undone.", 4);
      for (const ip of ips) assertEquals(await isBlocked(ip), false, ip);
    });

    await t.step("export one path's month", async () => {
      await operator.at("/admin");
      await operator.link("30 days");
      await page.getByRole("link", { name: "/reports", exact: true }).first()
        .waitFor();
      await operator.link("Dossier: /reports");
      const download = page.waitForEvent("download");
      await operator.link(/^Export these \d+ as CSV/);
      const file = await download;
      assert(operator.steps <= 3);
      const text = await Deno.readTextFile(await file.path());
      assertEquals(text.trim().split("\n").length, 31);
    });

    await t.step("undo what a colleague did", async () => {
      await operator.at("/admin");
      await operator.link("Audit");
      await operator.button(`Undo the block of ${CUSTOMER}`);
      await operator.sees("Undone.");
      assertEquals(await isBlocked(CUSTOMER), false);
    });

    await t.step("change a threshold after rehearsing it", async () => {
      await operator.at("/admin/rules");
      await page.locator("#set-threshold-high_volume").fill("70");
      await operator.button("Rehearse high_volume");
      await operator.button("Apply: more than 70");
      await operator.sees("Saved.");
      await operator.button("Undo");
      await operator.sees("Undone.");
    });

    await t.step("see /api live, and pause", async () => {
      await operator.at("/admin/requests");
      await page.locator("#path").fill("/api/*");
      await operator.key("Enter");
      await page.getByRole("link", { name: "Remove filter Path: /api/*" })
        .waitFor();
      await operator.link(/Live view/);
      await page.locator(".live[data-status=live]").waitFor();
      await operator.click(
        page.locator(".live").getByRole("button", { name: "Pause" }),
      );
      assert(operator.steps <= 3);
      const seen = await fetch(`${server.origin}/api/me`);
      await seen.body?.cancel();
      await page.getByRole("button", { name: /^\d+ new$/ }).waitFor();
      // Without the console's own stream.
      await page.getByRole("button", { name: "Resume" }).first().click();
      await page.locator("#live-rows > tr").first().waitFor();
      const rows = await page.locator("#live-rows > tr").allInnerTexts();
      assert(rows.every((text) => text.includes("/api/me")), rows.join("\n"));
    });

    await t.step(
      "why was my monitor flagged; safelist it for good",
      async () => {
        const now = Date.now();
        const start = now - now % HOUR - HOUR;
        const visits = Array.from({ length: 150 }, (_, i) =>
          record({
            timestamp: start + i * 20_000,
            ip_address: MONITOR,
            path: "/status",
          }));
        await store(kv, () => now, visits);
        const job = await jobOptions({
          kv,
          now: () => now,
          config: parseConfig({}),
        });
        const range = { from: start, to: start + HOUR };
        await detectRange(job, range);
        const flagged = async () =>
          (await listFindings(kv, { ip: MONITOR, active: true, limit: 9, now }))
            .items.length;
        assert(await flagged() > 0);
        await operator.at("/admin");
        await operator.key("/");
        await operator.type(MONITOR);
        await operator.key("Enter");
        await operator.sees("high_volume");
        await operator.button("Add to the safelist");
        await operator.sees("Added to the safelist.");
        await detectRange(job, range);
        await page.goto("/admin/suspicious?view=all");
        assertEquals(
          await page.locator(`[data-row="${MONITOR}"]`).count(),
          0,
          "it is flagged again",
        );
      },
    );

    await t.step("this week against last", async () => {
      await operator.at("/admin");
      await operator.link("7 days");
      await operator.sees(/the 7 days before/);
    });

    await t.step("by operator, browser, system, human or bot", async () => {
      await operator.at("/admin?range=7d");
      for (
        const [list, value, chip] of [
          ["Human or bot", "bot", "Human or bot: bot"],
          ["Operators", "Example Hosting", "Operator (AS): 64500"],
          ["Browsers", "Firefox", "Browser: Firefox"],
          ["Operating systems", "Windows", "System: Windows"],
        ] as const
      ) {
        await operator.at("/admin?range=7d");
        const region = page.getByRole("region", { name: list, exact: true });
        await operator.click(
          region.getByRole("link", { name: value, exact: true }),
        );
        await operator.sees(chip, 1);
      }
    });

    await t.step("what was done stands in the audit trail", async () => {
      await appendAudit(
        kv,
        { who: "x", what: "note", target: "y" },
        Date.now(),
      );
      await operator.at("/admin/audit?what=block_list");
      await operator.sees("3 addresses");
    });
    assertEquals(errors, []);
  },
);

browserTest(
  "tasks: a storm of 200 addresses is one card on top, decided in two clicks and undone in one",
  async (browser) => {
    await using it = await begin(browser);
    const { operator, page, kv } = it;
    const now = Date.now();
    const start = now - now % HOUR - HOUR;
    const storm = Array.from({ length: 200 }, (_, i) => [
      ...Array.from({ length: 12 }, (_, n) =>
        record({
          timestamp: start + n * 30_000 + i,
          ip_address: `203.0.${112 + Math.floor(i / 100)}.${1 + i % 100}`,
          path: n % 2 ? "/.env" : `/.git/${n}`,
          status: 404,
          signals: 256,
        })),
    ]).flat();
    await store(kv, () => now, storm);
    const job = await jobOptions({
      kv,
      now: () => now,
      config: parseConfig({}),
    });
    await detectRange(job, { from: start, to: start + HOUR });

    await operator.at("/admin");
    const first = page.locator(".decisions > li").first();
    await first.getByText("200 addresses").first().waitFor();
    assertEquals(
      (await page.locator(".sections .count").innerText()).split(/\s+/),
      ["1", "open"],
    );
    assert((await page.title()).startsWith("(1) "));
    await operator.link(/^Decide: /);
    await operator.button("Block all 200");
    await operator.sees("200 blocked.", 2);
    const ip = keys.access("blocked", "203.0.113.50");
    assert((await kv.get(ip)).value !== null);
    await operator.button("Undo");
    await operator.sees("Undone.", 3);
    assertEquals((await kv.get(ip)).value, null);
    await operator.at("/admin/incidents");
    assertEquals(await page.locator(".incident").count(), 1);
  },
);

browserTest(
  "tasks: what is only read works without JavaScript",
  async (browser, t) => {
    await using it = await begin(browser, { javaScriptEnabled: false });
    const { operator, page } = it;
    await t.step("search", async () => {
      await operator.at("/admin");
      await operator.click(page.locator("#find"));
      await operator.type(CUSTOMER);
      await operator.key("Enter");
      await operator.sees("charge-back, ticket 4711");
    });
    await t.step("failing pages, and from whom", async () => {
      await operator.at("/admin");
      await operator.link("Dossier: /search");
      await operator.sees("192.0.2.5");
    });
    await t.step("new countries", async () => {
      await operator.at("/admin/logins");
      await operator.link("From a new country");
      await operator.sees("Brazil");
    });
    await t.step("zoom, and a record beside the list", async () => {
      await operator.at("/admin?range=7d");
      const bar = page.getByTitle(/, [1-9]\d* server errors/);
      // Low enough to avoid the text.
      const { height } = (await bar.first().boundingBox())!;
      await operator.click(bar, { position: { x: 2, y: height - 40 } });
      await operator.link(/requests$/);
      await operator.link(/Details of /);
      await operator.sees("The site answered 500.");
    });
    await t.step("an empty list says what would have matched", async () => {
      await operator.at("/admin/requests?path=/search&status=404");
      await operator.link("Without Status: 404");
      await operator.sees("/search", 1);
    });
  },
);
