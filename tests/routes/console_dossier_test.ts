import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { column, HOSTILE, log, see } from "./_console.ts";

const HOUR = 3_600_000;
const IP = "8.8.4.4";
const PAGE = `/admin/ip/${IP}`;

Deno.test("dossier: who it is, what it asked for and when, and who is next to it", async () => {
  await using app = await startApp({
    resolver: {
      reverse: () => Promise.resolve([`dns.example${HOSTILE}`]),
      forward: () => Promise.resolve([]),
    },
  });
  const { cookie } = await app.signIn("root", "admin");
  await log(
    app,
    { ip_address: IP, path: "/mine", ago: HOUR, username: "ann" },
    { ip_address: IP, path: "/mine", ago: 2 * HOUR, status: 404 },
    { ip_address: IP, path: "/long-ago-and-gone", ago: 10 * 24 * HOUR },
    { ip_address: "8.8.4.5", path: "/theirs", outcome: "blocked" },
    { ip_address: "8.8.5.4", path: "/others-of-elsewhere" },
  );
  const html = await see(app, PAGE, cookie);
  assertStringIncludes(html, "dns.example&quot;");
  assert(!html.includes("<img"));
  assertStringIncludes(html, ">/mine<");
  assert(!html.includes('title="/long-ago-and-gone"'));
  assertStringIncludes(html, ">ann<");
  assertEquals(column(html, "Neighbours", 0), ["8.8.4.5"]);
  assertEquals(column(html, "Neighbours", 2), ["1"]);
  assertStringIncludes(html, 'href="/admin/ip/8.8.4.0%2F24"');
  assertStringIncludes(html, "/admin/requests/export?ip=8.8.4.4");

  const month = await see(app, `${PAGE}?range=30d`, cookie);
  assertStringIncludes(month, 'title="/long-ago-and-gone"');
  const range = await see(app, "/admin/ip/8.8.4.0%2F24", cookie);
  assertStringIncludes(range, ">/theirs<");
  assert(!range.includes('title="/others-of-elsewhere"'));
});

Deno.test("dossier: which accounts it logged in to and tried, by name only where there is one", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await app.signIn("ann");
  const attempt = async (username: string, password: string) => {
    const response = await app.fetch("/api/login", {
      json: { username, password },
      peer: IP,
    });
    await response.body?.cancel();
  };
  await attempt("ann", "wrong password");
  await attempt("ann", "a password for tests");
  await attempt("my secret typed into the wrong field", "x y z x y z");
  await app.services.accounts.activity.flush();
  const html = await see(app, PAGE, cookie);
  assertEquals(column(html, "Logins", 0), ["ann"]);
  assertEquals(column(html, "Logins", 1), ["1"]);
  assertEquals(column(html, "Logins", 2), ["1"]);
  assertStringIncludes(html, "that belong to no account");
  assert(!html.includes("my secret"));
});

Deno.test("dossier: blocks in one click for an hour, a day, for good, or the range", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const html = await see(app, PAGE, cookie);
  for (
    const label of ["Block 1 h", "Block for good", "Block 8.8.4.0/24 24 h"]
  ) {
    assertStringIncludes(html.replaceAll(/\s+/g, " "), label);
  }
  const post = async (form: Record<string, string>) => {
    const response = await app.fetch(PAGE, {
      cookie,
      form: { action: "block", check: "1", ...form },
    });
    assertEquals(response.status, 303, await response.text());
  };
  await post({ ip: IP, for: "1h" });
  assertEquals((await app.fetch("/", { peer: IP })).status, 403);
  assertEquals((await app.fetch("/", { peer: "8.8.4.9" })).status, 200);
  await post({ ip: "8.8.4.0/24", for: "24h" });
  assertEquals((await app.fetch("/", { peer: "8.8.4.9" })).status, 403);
  assertStringIncludes(await see(app, PAGE, cookie), "Entries that contain it");
});

Deno.test("dossier: notes are kept, replaced, removed, cut and inert", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const note = async (text: string) => {
    const form = { action: "note", text };
    const response = await app.fetch(PAGE, { cookie, form });
    assertEquals(response.status, 303);
    return await see(app, PAGE, cookie);
  };
  const hostile = await note(`First line\r\n</textarea>${HOSTILE}`);
  assertStringIncludes(hostile, "First line\n&lt;/textarea>");
  assert(!hostile.includes("<img"));
  assertStringIncludes(hostile, "By root");
  const long = await note("é".repeat(10_000));
  assert((long.match(/é/g)?.length ?? 0) <= 2_000);
  assert(!(await note("")).includes("By root"));
});

Deno.test("export: the filtered log as CSV, which no spreadsheet runs, for admins", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const user = await app.signIn("ann");
  await log(
    app,
    {
      path: '/=cmd|"calc"',
      user_agent: "=1+1",
      referrer: "@x",
      ip_address: IP,
    },
    { path: "/other", ip_address: "8.8.8.8" },
  );
  const url = `/admin/requests/export?ip=${IP}`;
  const response = await app.fetch(url, { cookie });
  const text = await response.text();
  assertEquals(response.headers.get("content-type"), "text/csv; charset=utf-8");
  assertStringIncludes(
    response.headers.get("content-disposition") ?? "",
    "attachment",
  );
  const lines = text.trim().split("\r\n");
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[1]!, `"/=cmd|""calc"""`);
  assertStringIncludes(lines[1]!, "'=1+1,'@x");
  assertEquals((await app.fetch(url, { cookie: user.cookie })).status, 403);
  assertEquals((await app.fetch(url)).status, 303);
  const bad = await app.fetch("/admin/requests/export?ip=x", { cookie });
  assertEquals(bad.status, 400);
  await bad.body?.cancel();
});

Deno.test("dossier: erases an address's requests once it was typed again", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await log(app, { ip_address: IP, path: "/mine", ago: HOUR });
  const erase = async (confirm: string, path = PAGE) => {
    const form = { action: "erase", confirm };
    const response = await app.fetch(path, { cookie, form });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await erase(""), 422);
  assertEquals(await erase("8.8.4.5"), 422);
  assertEquals(await erase("8.8.4.0/24", "/admin/ip/8.8.4.0%2F24"), 422);
  const listed = () => see(app, `/admin/requests?ip=${IP}`, cookie);
  assertStringIncludes(await listed(), "/mine");
  assertEquals(await erase(IP), 303);
  assertStringIncludes(await listed(), "No request matches");
  assertStringIncludes(
    await see(app, "/admin/requests?ip=8.8.4.0", cookie),
    "/mine",
  );
});
