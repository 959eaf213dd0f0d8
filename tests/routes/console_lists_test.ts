import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { LAYOUTS, NOW } from "../feeds/_layouts.ts";
import { startApp, type TestApp } from "../_app.ts";
import { HOSTILE, see } from "./_console.ts";

const DAY = 86_400_000;

async function upload(
  app: TestApp,
  cookie: string,
  fields: Record<string, string | File>,
  headers: Record<string, string> = { origin: "http://localhost" },
) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const response = await app.fetch("/admin/blocked/import", {
    cookie,
    body,
    headers,
  });
  return { status: response.status, html: await response.text() };
}

Deno.test("import: writes a pasted list and a file, leaves out what must not be blocked, says why", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const { status, html } = await upload(app, cookie, {
    text: "8.8.4.4\n127.0.0.1\n198.51.100.7\nbanana\n0.0.0.0/0\n" + HOSTILE,
    file: new File(["8.8.8.0/24, from a file\n"], "list.txt"),
    reason: "a list",
    for: "24h",
  });
  assertEquals(status, 200, html);
  assertStringIncludes(html, "2 entries");
  assertStringIncludes(html, "5 left out");
  assert(!html.includes("<img"));
  assertEquals((await app.fetch("/", { peer: "8.8.4.4" })).status, 403);
  assertEquals((await app.fetch("/", { peer: "8.8.8.200" })).status, 403);
  assertEquals((await app.fetch("/", { peer: "8.8.9.1" })).status, 200);
  app.clock.now += DAY + 1_000;
  assertEquals((await app.fetch("/", { peer: "8.8.4.4" })).status, 200);
});

Deno.test("import: takes back what was exported", async () => {
  await using one = await startApp();
  const { cookie } = await one.signIn("root", "admin");
  for (
    const [ip, reason, time] of [
      ["8.8.4.4", '=1+1, "quoted"', "24h"],
      ["2001:db8:1::/48", "spam", ""],
    ] as const
  ) {
    const form = { action: "block", ip, reason, for: time };
    const response = await one.fetch("/admin/blocked", { cookie, form });
    assertEquals(response.status, 303);
  }
  const exported = await (await one.fetch("/admin/blocked/export", { cookie }))
    .text();
  await using two = await startApp();
  const admin = await two.signIn("root", "admin");
  await upload(two, admin.cookie, { file: new File([exported], "x.csv") });
  const again = await (await two.fetch("/admin/blocked/export", {
    cookie: admin.cookie,
  })).text();
  assertEquals(again, exported);
});

Deno.test("import: every layout of a feed is read as it is of a feed, packed or not", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  app.clock.now = NOW;
  for (const [name, [text, wanted]] of Object.entries(LAYOUTS)) {
    // Addresses that may be blocked, instead of those for documentation.
    const real = (of: string) =>
      of.replaceAll("2001:db8:", "2a00:1450:")
        .replaceAll(".db8.2001.", ".1450.2a00.");
    for (const file of [real(text), Uint8Array.from(gzipSync(real(text)))]) {
      await upload(app, cookie, { file: new File([file], "list"), for: "" });
      const { items } = await (await app.fetch("/api/blocked?limit=500", {
        token,
      })).json();
      const rows = items.map((
        { ip_address, reason, expires_at }: Record<string, string | null>,
      ) => [
        ip_address,
        reason === "Imported" ? "" : reason,
        expires_at && Date.parse(expires_at),
      ]);
      const expected = wanted.map((
        [ip, ...rest],
      ) => [real(ip as string), ...rest]);
      const sorted = (list: unknown[]) =>
        list.map((row) => JSON.stringify(row)).sort();
      assertEquals(sorted(rows), sorted(expected), name);
      for (const { ip_address } of items) {
        await (await app.fetch(
          `/api/blocked/${encodeURIComponent(ip_address)}`,
          { method: "DELETE", token },
        )).body?.cancel();
      }
    }
  }
});

Deno.test("import: nothing, nonsense, too much, strangers and other sites are refused", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const user = await app.signIn("ann");
  const text = "8.8.4.4";
  const status = async (...args: Parameters<typeof upload>) =>
    (await upload(...args)).status;
  assertEquals(await status(app, cookie, { text: "" }), 422);
  assertEquals(await status(app, cookie, { text, for: "forever" }), 422);
  assertEquals(await status(app, user.cookie, { text }), 403);
  assertEquals(
    await status(app, cookie, { text }, { origin: "https://evil.example" }),
    403,
  );
  assertEquals(
    await status(app, cookie, { text: "x".repeat(9 * 1024 * 1024) }),
    413,
  );
  const plain = await app.fetch("/admin/blocked/import", {
    cookie,
    form: { text },
  });
  assertEquals(plain.status, 415);
  await plain.body?.cancel();
  const broken = await app.fetch("/admin/blocked/import", {
    cookie,
    body: "no form",
    headers: {
      origin: "http://localhost",
      "content-type": "multipart/form-data; boundary=x",
    },
  });
  assertEquals(broken.status, 400);
  await broken.body?.cancel();
  assertEquals((await app.fetch("/", { peer: text })).status, 200);
});

Deno.test("blocklist: what has kept nobody out for 90 days is marked", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const form = { action: "block", ip: "8.8.4.4", reason: "old" };
  await app.fetch("/admin/blocked", { cookie, form });
  const mark = "no hits in 90 days";
  const isMarked = async (name: string) => {
    const { cookie } = await app.signIn(name, "admin");
    return (await see(app, "/admin/blocked", cookie)).includes(mark);
  };
  app.clock.now += 89 * DAY;
  assertEquals(await isMarked("early"), false);
  app.clock.now += 2 * DAY;
  assertEquals(await isMarked("late"), true);
});

Deno.test("import: what a list newly blocked is taken back at once, and no more", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "block", ip: "203.0.113.1" },
  });
  const { html } = await upload(app, cookie, {
    text: "203.0.113.1\n203.0.113.2\n2001:db8::/64\n",
  });
  const [, at, id] =
    /name="at" value="(\d+)".*?name="id" value="([\da-f-]{36})"/s.exec(html)!;
  app.clock.now += 1_000;
  const done = await app.fetch("/admin/audit", {
    cookie,
    form: { action: "undo", at: at!, id: id!, back: "/admin/blocked" },
  });
  assertEquals(done.headers.get("location"), "/admin/blocked?done=undo");
  const list = await see(app, "/admin/blocked", cookie);
  assertStringIncludes(list, "203.0.113.1");
  assert(!list.includes("203.0.113.2") && !list.includes("2001:db8::/64"));
});
