import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { detectRange } from "../../lib/detection/job.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import { RequestLog } from "../../lib/log/request_log.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { record, store } from "../log/_records.ts";
import { startServer, temporaryKvPath, type TestServer } from "../_server.ts";
import { browserTest, watchedPage } from "./_browser.ts";
import { contextOf } from "./_pages.ts";
import { fillAccounts } from "./_sample.ts";

const ENV = { TRUSTED_PROXIES: "127.0.0.1", GEO_PROVIDER: "off" };
const STRANGER = "203.0.113.50";
const HOUR = 3_600_000;

/** A server, its store, and an admin's browser. */
async function begin(browser: Browser, options = {}) {
  const kvPath = await temporaryKvPath();
  let server = await startServer({ env: ENV, kvPath });
  const { origin } = server;
  const kv = await Deno.openKv(kvPath);
  const secrets = await fillAccounts(kv, Date.now);
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
    stop: () => server.stop(),
    /** At the same address as before. */
    async start() {
      const env = { ...ENV, PORT: new URL(origin).port };
      server = await startServer({ env, kvPath });
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      kv.close();
      await server[Symbol.asyncDispose]();
      const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function visit(
  { origin }: TestServer,
  path: string,
  ip = STRANGER,
): Promise<number> {
  const response = await fetch(origin + path, {
    headers: { "x-forwarded-for": ip },
  });
  await response.body?.cancel();
  return response.status;
}

const liveRows = (page: Page) => page.locator("#live-rows > tr");

browserTest(
  "console: the live view keeps its filters, pauses while it is looked at, and misses nothing",
  async (browser, t) => {
    await using it = await begin(browser);
    const { page, server, kv, errors } = it;
    await visit(server, "/seen/before");
    // In the log within 200 ms.
    await page.waitForTimeout(250);
    await page.goto("/admin/requests?path=/seen*&status!=500&live=1");
    await page.locator(".live[data-status=live]").waitFor();

    // Without the layout shift during loading, which is small, and another matter.
    const shifts = await page.evaluateHandle(() => {
      const seen: string[] = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          // deno-lint-ignore no-explicit-any
          for (const { node } of (entry as any).sources) {
            seen.push(`${node?.nodeName} ${node?.className}`);
          }
        }
      }).observe({ type: "layout-shift" });
      return seen;
    });

    await t.step("new requests come on top, others do not", async () => {
      await visit(server, "/seen/1");
      await visit(server, "/unseen");
      await visit(server, "/seen/2");
      await liveRows(page).nth(1).waitFor();
      const texts = await liveRows(page).allInnerTexts();
      assertEquals(texts.length, 2);
      assert(texts[0]!.includes("/seen/2") && texts[1]!.includes("/seen/1"));
    });

    await t.step("pointing at a row pauses, a pill counts", async () => {
      await liveRows(page).first().hover();
      await visit(server, "/seen/3");
      await visit(server, "/seen/4");
      await page.getByRole("button", { name: "2 new" }).waitFor();
      assertEquals(await liveRows(page).count(), 2);
      await page.getByRole("button", { name: "2 new" }).click();
      await liveRows(page).nth(3).waitFor();
    });

    await t.step("so does the focus, until it leaves", async () => {
      await liveRows(page).first().locator("summary").first().focus();
      await visit(server, "/seen/5");
      await page.getByRole("button", { name: "1 new" }).waitFor();
      await page.locator("#ip").focus();
      await liveRows(page).nth(4).waitFor();
    });

    await t.step("so does the button, the only one of that name", async () => {
      await page.getByRole("button", { name: "Pause" }).click();
      await visit(server, "/seen/6");
      await page.getByRole("button", { name: "1 new" }).waitFor();
      await page.getByRole("button", { name: "Resume" }).click();
      await liveRows(page).nth(5).waitFor();
    });

    await t.step("it tells a screen reader, politely", async () => {
      const log = page.getByRole("log");
      assertEquals(await log.getAttribute("aria-live"), "polite");
      await log.getByText(/seen|new requests/).first()
        .waitFor({ state: "attached" });
    });

    await t.step("whatever came, nothing on the page has moved", async () => {
      assertEquals(await shifts.jsonValue(), []);
    });

    await t.step(
      "a server that goes and comes back loses nothing and repeats nothing",
      async () => {
        await it.stop();
        await page.locator(".live[data-status=waiting]").waitFor();
        // Of another process, which cannot notify this one.
        const log = new RequestLog({ kv, now: Date.now, retentionMs: HOUR });
        log.append(record({ timestamp: Date.now(), path: "/seen/7" }));
        await log.close();
        await it.start();
        await liveRows(page).nth(6).waitFor({ timeout: 15_000 });
        await visit(server, "/seen/8");
        await liveRows(page).nth(7).waitFor();
        const paths = (await page.locator("tbody .request").allInnerTexts())
          .map((text) => /\/seen\/\w+/.exec(text)?.[0]);
        assertEquals(
          paths,
          ["8", "7", "6", "5", "4", "3", "2", "1", "before"]
            .map((n) => `/seen/${n}`),
        );
        // The browser's message while the server is down.
        errors.splice(0);
      },
    );

    await t.step("stopping keeps the filters", async () => {
      await page.getByRole("link", { name: "Stop live view" }).click();
      await page.waitForURL((url) => !url.searchParams.has("live"));
      assertEquals(new URL(page.url()).searchParams.get("path"), "/seen*");
    });
    assertEquals(errors, []);
  },
);

browserTest(
  "console: the keyboard does it all, and can be told not to",
  async (browser, t) => {
    await using it = await begin(browser, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const { page, server, kv, errors } = it;
    await visit(server, "/one", "203.0.113.51");
    await visit(server, "/two", "203.0.113.52");
    // In the log within 200 ms.
    await page.waitForTimeout(250);
    await page.goto(
      "/admin/requests?path!=/admin&country!=DE&ip=203.0.113.0/24",
    );
    await page.getByRole("button", { name: "Shortcuts" }).waitFor();
    const focused = (selector: string) =>
      page.evaluate(
        (selector) => document.activeElement?.matches(selector) ?? false,
        selector,
      );

    await t.step(
      "/ leads to the search, f to the filter, and letters typed there are letters",
      async () => {
        for (const [key, field] of [["/", "#find"], ["f", "#ip"]] as const) {
          await page.keyboard.press(key);
          assert(await focused(field), key);
          for (const letter of ["?", "j", "b"]) {
            await page.keyboard.press(letter);
          }
          assert(await focused(field), `letters after ${key}`);
          assertEquals(await page.locator("dialog[open]").count(), 0);
          assert((await page.locator(field).inputValue()).includes("?jb"));
          await page.evaluate(() =>
            (document.activeElement as HTMLElement).blur()
          );
        }
      },
    );

    await t.step("j and k walk the rows", async () => {
      await page.keyboard.press("j");
      assert(await focused('[data-row="203.0.113.52"]'));
      await page.keyboard.press("j");
      assert(await focused('[data-row="203.0.113.51"]'));
      await page.keyboard.press("j");
      assert(await focused('[data-row="203.0.113.51"]'), "the last row");
      await page.keyboard.press("k");
      assert(await focused('[data-row="203.0.113.52"]'));
    });

    await t.step(
      "b asks about the row's address, Esc goes back to it",
      async () => {
        await page.keyboard.press("b");
        const dialog = page.getByRole("dialog", { name: "Block an address" });
        await dialog.waitFor();
        assertEquals(
          await dialog.getByLabel("Address or range").inputValue(),
          "203.0.113.52",
        );
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "hidden" });
        assert(await focused('[data-row="203.0.113.52"]'));
      },
    );

    await t.step(
      "a value's menu opens, copies, closes, gives the focus back",
      async () => {
        const summary = page.locator("tbody .address summary").first();
        await summary.focus();
        await page.keyboard.press("Enter");
        await page.getByRole("button", { name: "Copy" }).click();
        await page.getByRole("button", { name: "Copied" }).waitFor();
        assertEquals(
          await page.evaluate(() => navigator.clipboard.readText()),
          "203.0.113.52",
        );
        await page.keyboard.press("Escape");
        assertEquals(await page.locator("details.value[open]").count(), 0);
        assert(await summary.evaluate((it) => it === document.activeElement));
      },
    );

    await t.step("? helps; switched off, keys are left alone", async () => {
      await page.keyboard.press("?");
      const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
      await help.waitFor();
      await help.getByRole("checkbox").uncheck();
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await page.keyboard.press("j");
      assertEquals(await page.locator("dialog[open]").count(), 0);
      await page.reload();
      await page.getByRole("button", { name: "Shortcuts" }).click();
      assertEquals(await help.getByRole("checkbox").isChecked(), false);
      await help.getByRole("checkbox").check();
      await help.getByRole("button", { name: "Close" }).click();
    });

    await t.step("x selects the row, and takes that back", async () => {
      const now = Date.now();
      const from = now - now % HOUR - HOUR;
      const visits = Array.from(
        { length: 150 },
        (_, i) =>
          record({ timestamp: from + i * 20_000, ip_address: STRANGER }),
      );
      await store(kv, () => now, visits);
      const config = parseConfig({});
      const job = await jobOptions({ kv, now: () => now, config });
      await detectRange(job, { from, to: from + HOUR });
      await page.goto("/admin/suspicious?view=all");
      await page.getByRole("button", { name: "Shortcuts" }).waitFor();
      const selected = page.locator(
        `[data-row="${STRANGER}"] input[type=checkbox]:checked`,
      );
      await page.keyboard.press("x");
      assertEquals(await selected.count(), 0, "no row has the focus");
      await page.keyboard.press("j");
      await page.keyboard.press("x");
      assertEquals(await selected.count(), 1);
      await page.keyboard.press("x");
      assertEquals(await selected.count(), 0);
    });

    await t.step("d, w and m choose the range", async () => {
      await page.goto("/admin");
      await page.getByRole("button", { name: "Shortcuts" }).waitFor();
      for (
        const [key, range] of Object.entries({ w: "7d", m: "30d", d: "24h" })
      ) {
        await page.keyboard.press(key);
        await page.waitForURL(`**/admin?range=${range}`);
        await page.getByRole("button", { name: "Shortcuts" }).waitFor();
      }
    });
    assertEquals(errors, []);
  },
);

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with" : "without";
  browserTest(
    `console: reading and acting, ${how} JavaScript`,
    async (browser, t) => {
      await using it = await begin(browser, { javaScriptEnabled });
      const { page, server, kv, errors } = it;

      await t.step("paging to the end shows each record once", async () => {
        const log = new RequestLog({
          kv,
          now: Date.now,
          retentionMs: 24 * HOUR,
        });
        const start = Date.now() - HOUR;
        for (let i = 0; i < 120; i++) {
          log.append(record({
            timestamp: start + Math.floor(i / 3) * 1_000,
            path: `/paged/${i}`,
            ip_address: `198.18.0.${i}`,
          }));
        }
        await log.close();
        await page.goto("/admin/requests?path=/paged*&limit=50");
        const seen: string[] = [];
        for (;;) {
          const rows = await page.locator("tbody .request").allInnerTexts();
          seen.push(...rows.map((text) => /\/paged\/\d+/.exec(text)![0]));
          const next = page.getByRole("link", { name: "Next page" });
          if (await next.count() === 0) break;
          await next.click();
          await page.waitForLoadState();
        }
        assertEquals(seen.length, 120);
        assertEquals(new Set(seen).size, 120);
      });

      await t.step(
        "leaving a value out is two clicks, taking it back one",
        async () => {
          await page.goto("/admin/requests?path=/paged*");
          await page.locator("tbody .address summary").first().click();
          await page.getByRole("link", { name: "Leave out" }).first().click();
          await page.waitForURL("**ip%21=198.18.0.119**");
          const first = await page.locator("tbody .request").first()
            .innerText();
          assert(first.includes("/paged/118"), first);
          await page.getByRole("link", { name: /Remove filter not/ }).click();
          await page.waitForURL((url) => !url.search.includes("ip%21"));
        },
      );

      await t.step("a filter is saved, used and forgotten", async () => {
        await page.goto("/admin/requests?path=/paged*&method=GET");
        await page.getByText("Saved filters").click();
        await page.getByLabel("Save this filter as").fill("Paged ones");
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByText("The filter is saved.").waitFor();
        await page.goto("/admin/requests");
        await page.getByText("Saved filters").click();
        await page.getByRole("link", { name: "Paged ones" }).click();
        await page.waitForURL("**path=%2Fpaged*&method=GET");
        await page.getByText("Saved filters").click();
        await page.getByRole("button", { name: "Remove: Paged ones" }).click();
        await page.getByText("The filter is removed.").waitFor();
      });

      await t.step(
        "blocked from the dossier, refused; unblocked, let in",
        async () => {
          assertEquals(await visit(server, "/"), 200);
          await page.goto(`/admin/ip/${STRANGER}`);
          await page.getByRole("button", { name: "Block", exact: true }).first()
            .click();
          await page.waitForURL("**?done=block**");
          assertEquals(await visit(server, "/"), 403);
          await page.getByRole("button", { name: "Unblock" }).first().click();
          await page.waitForURL("**?done=unblock**");
          assertEquals(await visit(server, "/"), 200);
        },
      );
      assertEquals(errors, []);
    },
  );
}
