import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { keys } from "../../lib/store/keys.ts";
import { startApp, withoutComments } from "../_app.ts";
import { column, HOSTILE, log, see } from "./_console.ts";

const HOUR = 3_600_000;

Deno.test("dashboard: each range shows its own requests, and says so", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(
    app,
    { ago: 10 * 60_000, path: "/minutes" },
    { ago: 5 * HOUR, path: "/hours" },
    { ago: 3 * 24 * HOUR, path: "/days" },
    { ago: 20 * 24 * HOUR, path: "/weeks" },
  );
  const seen: Record<string, string[]> = {
    "range=1h": ["/minutes"],
    "": ["/minutes", "/hours"],
    "range=7d": ["/minutes", "/hours", "/days"],
    "range=30d": ["/minutes", "/hours", "/days", "/weeks"],
    "since=2026-01-02T00:00&until=2026-01-05T08:00": ["/hours", "/days"],
  };
  for (const [query, paths] of Object.entries(seen)) {
    await t.step(query || "no range", async () => {
      const html = await see(app, `/admin?${query}`, cookie);
      for (const path of ["/minutes", "/hours", "/days", "/weeks"]) {
        assertEquals(html.includes(`>${path}<`), paths.includes(path));
      }
    });
  }
});

Deno.test("dashboard: ends that make no range are refused in place", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const html = await see(
    app,
    "/admin?since=2026-01-05&until=2026-01-04",
    cookie,
    400,
  );
  assertStringIncludes(html, "expected a start before the end");
});

Deno.test("dashboard: countries are sorted on the server, and the column says so", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const from = (country_code: string, times: number) =>
    Array.from({ length: times }, () => ({ country_code }));
  await log(app, ...from("US", 2), ...from("DE", 3), ...from("FR", 1));
  const region = "Requests by country";

  const byRequests = await see(app, "/admin", cookie);
  assertEquals(column(byRequests, region, 0), [
    "Germany",
    "United States",
    "France",
  ]);
  assertStringIncludes(byRequests, 'aria-sort="descending"');
  const byName = await see(app, "/admin?sort=name", cookie);
  assertEquals(column(byName, region, 0), [
    "France",
    "Germany",
    "United States",
  ]);
  assertStringIncludes(byName, 'aria-sort="ascending"');
  assertStringIncludes(byName, "range=7d&amp;sort=name");
  assertStringIncludes(byName, "<title>Germany: 3</title>");
});

Deno.test("dashboard: numbers are written as the reader does", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, ...Array.from({ length: 1_234 }, () => ({})));
  const inLanguage = async (language: string) => {
    const headers = { "accept-language": language };
    return await (await app.fetch("/admin", { cookie, headers })).text();
  };
  assertStringIncludes(await inLanguage("en-US"), "1,234");
  assertStringIncludes(await inLanguage("de"), "1.234");
});

Deno.test("dashboard: what visitors wrote stays text, and the page stays small", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, {
    path: `/${HOSTILE}`,
    user_agent: HOSTILE,
    referrer: `https://example.org/${HOSTILE}`,
    country_code: "DE",
  });
  const html = await see(app, "/admin", cookie);
  assertEquals(html.includes("<img"), false);
  assertEquals(html.includes("<script>alert"), false);
  assertStringIncludes(html, "&lt;img");
  assert(html.length < 150_000, `${html.length} characters`);
});

Deno.test("dashboard: first steps are told by how things are, lead to their place, and go", async () => {
  const list = {
    kind: "list",
    body: new TextEncoder().encode("8.8.8.0/24\n"),
    ...{ etag: null, last_modified: null },
  } as const;
  await using app = await startApp({
    env: { TRUSTED_PROXIES: "192.0.2.0/24" },
    fetchList: () => Promise.resolve(list),
  });
  const { cookie } = await app.signIn("root", "admin");
  const { cookie: other } = await app.signIn("ann", "admin");
  const look = async (as = cookie, headers: Record<string, string> = {}) => {
    const response = await app.fetch("/admin", { cookie: as, headers });
    const html = await response.text();
    const start = html.indexOf('id="first-steps"');
    return start < 0
      ? null
      : withoutComments(html.slice(start, html.indexOf("</section>", start)));
  };
  const isDone = (html: string | null, title: string) => {
    const item = html!.split("<li>").find((text) => text.includes(title))!;
    return item.includes("✓ done");
  };
  const first = await look();
  assertStringIncludes(first!, "1 of 6 done");
  for (
    const href of [
      "/admin/ip/198.51.100.7",
      "/profile/second-factor",
      "/admin/feeds",
      "/admin/alerts",
    ]
  ) assertStringIncludes(first!, `href="${href}"`);
  // A header of a peer that is not configured: the step about the proxy is not done.
  const behind = await look(cookie, { "x-forwarded-for": "203.0.113.9" });
  assertEquals(isDone(behind, "Name your proxy"), false);
  assertStringIncludes(behind!, "TRUSTED_PROXIES");

  await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "allow", ip: "198.51.100.7", reason: "me" },
  });
  await app.fetch("/admin/feeds", {
    cookie,
    form: { action: "add", name: "drop", url: "https://lists.example/drop" },
  });
  await app.services.kv.set(keys.importKey(), [1, 2]);
  const later = await look();
  assertEquals(
    [
      "Name your proxy",
      "Put yourself",
      "Set up a second factor",
      "Import an access log",
      "Subscribe",
      "Set up an alert",
    ].map((title) => isDone(later, title)),
    [true, true, false, true, true, false],
  );

  const done = await app.fetch("/admin/steps", {
    cookie,
    form: { action: "dismiss" },
  });
  assertEquals(done.status, 303);
  assertEquals(await look(), null);
  assert(await look(other), "another's list stays");
  const wrong = await app.fetch("/admin/steps", {
    cookie,
    form: { action: "else" },
  });
  assertEquals(wrong.status, 400);
});
