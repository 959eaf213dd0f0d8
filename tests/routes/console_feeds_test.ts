import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { FetchList } from "../../lib/feeds/fetch_list.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { startApp, type TestApp } from "../_app.ts";
import { column, HOSTILE, log, see } from "./_console.ts";

const URL = "https://lists.example/drop.txt?key=secret";
const DAY = 86_400_000;

/** An app with an admin, whose lists are in `web`. */
async function start() {
  const web = { list: "8.8.8.0/24 ; SBL1\n8.8.4.4\n10.0.0.0/8\n" };
  const fetchList: FetchList = () =>
    web.list === ""
      ? Promise.reject(
        Object.assign(new Error("lists.example did not answer"), {
          name: "OutboundError",
        }),
      )
      : Promise.resolve({
        kind: "list",
        body: new TextEncoder().encode(web.list),
        etag: null,
        last_modified: null,
      });
  const app = await startApp({ fetchList });
  const { cookie } = await app.signIn("root", "admin");
  const post = async (path: string, form: Record<string, string>) => {
    const response = await app.fetch(path, { cookie, form });
    const text = await response.text();
    return {
      status: response.status,
      to: response.headers.get("location"),
      text,
    };
  };
  const add = (more = {}) =>
    post("/admin/feeds", { action: "add", name: "drop", url: URL, ...more });
  return {
    ...{ app, web, cookie, post, add },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

const status = async (app: TestApp, peer: string) =>
  (await app.fetch("/", { peer })).status;

Deno.test("feeds page: empty, it says so and offers well-known lists", async () => {
  await using t = await start();
  const html = await see(t.app, "/admin/feeds", t.cookie);
  assertStringIncludes(html, "There are no feeds yet.");
  assertStringIncludes(html, "Spamhaus DROP, IPv6");
  const filled = await see(
    t.app,
    "/admin/feeds?name=spamhaus-drop&url=https%3A%2F%2Fx.example%2F",
    t.cookie,
  );
  assertStringIncludes(filled, 'value="https://x.example/"');
  assertStringIncludes(
    await see(t.app, "/admin/blocked", t.cookie),
    "/admin/feeds",
  );
});

Deno.test("feeds page: a feed is added, looked at, applied, refreshed and removed", async () => {
  await using t = await start();
  const { app, cookie } = t;
  await log(app, { ip_address: "8.8.4.4", username: null });
  const added = await t.add();
  assertEquals(added.status, 303);
  assertMatch(added.to!, /^\/admin\/feeds\/drop\?done=add&undo=[\w.-]+$/);
  const first = await see(app, added.to!, cookie);
  assertStringIncludes(first, "2 new, 0 kept, 0 gone, 1 left out");
  assertStringIncludes(first, "10.0.0.0/8");
  assertStringIncludes(first, "1 of 1 visitors with 1 request");
  assertEquals(column(first, "Visitors", 0), ["8.8.4.4"]);
  assert(!first.includes("secret"));
  assertEquals(await status(app, "8.8.8.8"), 200);

  const applied = await t.post("/admin/feeds/drop", { action: "apply" });
  assertEquals(applied.status, 303);
  assertMatch(applied.to!, /^\/admin\/feeds\/drop\?done=apply&undo=[\w.-]+$/);
  assertEquals(await status(app, "8.8.8.8"), 403);
  assertEquals(await status(app, "8.8.4.4"), 403);
  const blocked = await see(app, "/admin/blocked?search=feed:drop", cookie);
  assertEquals(column(blocked, "Blocklist", 1), ["On the list drop", "SBL1"]);

  t.web.list = "8.8.8.0/24 ; SBL1\n";
  await t.post("/admin/feeds/drop", { action: "refresh" });
  assertEquals(await status(app, "8.8.4.4"), 200);
  t.web.list = "";
  await t.post("/admin/feeds/drop", { action: "refresh" });
  const failed = await see(app, "/admin/feeds/drop", cookie);
  assertStringIncludes(failed, "lists.example did not answer.");
  assertEquals(await status(app, "8.8.8.8"), 403);
  const list = await see(app, "/admin/feeds", cookie);
  assertEquals(column(list, "Feeds", 2), ["failed"]);

  const ask = await see(app, "/admin/feeds/drop?remove=1", cookie);
  assertStringIncludes(ask, "Remove drop?");
  assertEquals(await status(app, "8.8.8.8"), 403);
  const removed = await t.post("/admin/feeds/drop", { action: "remove" });
  assertMatch(removed.to!, /^\/admin\/feeds\?done=remove&undo=[\w.-]+$/);
  assertEquals(await status(app, "8.8.8.8"), 200);
  const { items } = await listAudit(app.services.kv, {
    limit: 50,
    now: app.clock.now,
  });
  const said = items.filter(({ target }) => target === "drop");
  assertEquals(said.map(({ what }) => what).sort(), [
    "add_feed",
    "feed_failed",
    "refresh_feed",
    "refresh_feed",
    "remove_feed",
  ]);
  assert(said.every(({ who, from }) => who === "root" && from !== null));
  assert(!JSON.stringify(items).includes("secret"));
});

Deno.test("feeds page: a list that looks wrong waits, and is discarded or applied", async () => {
  await using t = await start();
  await t.add();
  await t.post("/admin/feeds/drop", { action: "apply" });
  t.web.list = "# nothing";
  await t.post("/admin/feeds/drop", { action: "refresh" });
  const html = await see(t.app, "/admin/feeds/drop", t.cookie);
  assertStringIncludes(html, "It has shrunk from 2 entries to 0.");
  assertStringIncludes(html, "the last valid list stays in force");
  assertEquals(await status(t.app, "8.8.8.8"), 403);
  await t.post("/admin/feeds/drop", { action: "discard" });
  const twice = await t.post("/admin/feeds/drop", { action: "apply" });
  assertEquals(twice.status, 409);
  assertStringIncludes(twice.text, "No list of drop waits.");
  await t.post("/admin/feeds/drop", { action: "refresh" });
  await t.post("/admin/feeds/drop", { action: "apply" });
  assertEquals(await status(t.app, "8.8.8.8"), 200);
});

Deno.test("feeds page: whoever adds a feed is not shut out by it, then or later", async () => {
  await using t = await start();
  t.web.list = "198.41.0.4\n8.8.8.8\n";
  const { kv } = t.app.services;
  const form = { action: "add", name: "drop", url: URL };
  const peer = "198.41.0.4";
  const options = { cookie: t.cookie, peer };
  await t.app.fetch("/admin/feeds", { ...options, form });
  await t.app.fetch("/admin/feeds/drop", {
    ...options,
    form: { action: "apply" },
  });
  assertEquals(await status(t.app, peer), 200);
  assertEquals(await status(t.app, "8.8.8.8"), 403);
  assertEquals((await kv.get(["access", "blocked", peer])).value, null);
});

Deno.test("feeds page: what cannot be is refused, and shown again", async () => {
  await using t = await start();
  for (
    const [more, says] of [
      [{ name: HOSTILE }, "lower case letters"],
      [{ url: "javascript:alert(1)" }, "http or https"],
      [{ every: "1m" }, "1h to 30d"],
      [{ every: "7d", for: "24h" }, "twice"],
    ] as const
  ) {
    const { status, text } = await t.add(more);
    assertEquals(status, 422);
    assertStringIncludes(text, says);
    assert(!text.includes("<img"), text);
  }
  await t.add();
  assertStringIncludes((await t.add()).text, "of that name");
  assertEquals((await t.post("/admin/feeds", { action: "x" })).status, 400);
  assertEquals(
    (await t.post("/admin/feeds/drop", { action: "toString" })).status,
    400,
  );
  for (
    const path of ["/admin/feeds/none", "/admin/feeds/A"]
  ) {
    await see(t.app, path, t.cookie, 404);
  }
});

Deno.test("feeds page: hostile lists come out inert", async () => {
  await using t = await start();
  t.web.list = `8.8.8.8 ; ${HOSTILE}\n${HOSTILE}\n8.8.4.4\n8.8.1.1\n`;
  await t.add();
  await t.post("/admin/feeds/drop", { action: "apply" });
  for (const path of ["/admin/feeds/drop", "/admin/blocked", "/admin/audit"]) {
    const html = await see(t.app, path, t.cookie);
    assert(!html.includes("<img") && !html.includes("<script>alert"), path);
  }
});

Deno.test("feeds page: only admins see and change feeds, and no other site does", async () => {
  await using t = await start();
  await t.add();
  const user = await t.app.signIn("bob");
  for (const path of ["/admin/feeds", "/admin/feeds/drop"]) {
    assertEquals((await t.app.fetch(path)).status, 303);
    assertEquals(
      (await t.app.fetch(path, { cookie: user.cookie })).status,
      403,
    );
    const forged = await t.app.fetch(path, {
      cookie: t.cookie,
      form: { action: "remove" },
      headers: { origin: "https://evil.example" },
    });
    assertEquals(forged.status, 403);
  }
  await see(t.app, "/admin/feeds/drop", t.cookie);
});

Deno.test("feeds page: the job refreshes what is due", async () => {
  const { feeds } = await import("../../lib/app/jobs.ts");
  await using t = await start();
  await t.add();
  await t.post("/admin/feeds/drop", { action: "apply" });
  t.web.list = "8.8.1.1\n";
  t.app.clock.now += DAY - 1;
  await feeds(t.app.services);
  assertEquals(await status(t.app, "8.8.1.1"), 200);
  t.app.clock.now += 1;
  const said: string[] = [];
  const { error } = console;
  console.error = (line: string) => said.push(line);
  try {
    await feeds(t.app.services);
  } finally {
    console.error = error;
  }
  assertEquals(await status(t.app, "8.8.1.1"), 403);
  assertEquals(await status(t.app, "8.8.8.8"), 200);
  assertStringIncludes(said.join(), '"result":"applied"');
});

Deno.test("blocked page: feeds' entries can be left out, and unblocking one says that it comes back", async () => {
  await using t = await start();
  await t.add();
  await t.post("/admin/feeds/drop", { action: "apply" });
  await t.post("/admin/blocked", { action: "block", ip: "8.8.1.1" });
  const list = async (query: string) =>
    column(
      await see(t.app, `/admin/blocked${query}`, t.cookie),
      "Blocklist",
      0,
    );
  assertEquals(await list(""), ["8.8.1.1", "8.8.4.4", "8.8.8.0/24"]);
  assertEquals(await list("?feeds=0"), ["8.8.1.1"]);
  const unblock = (ip: string) =>
    t.post("/admin/blocked", { action: "unblock", ip });
  assertMatch(
    (await unblock("8.8.1.1")).to ?? "",
    /^\/admin\/blocked\?done=unblock&undo=[\w.-]+$/,
  );
  const { to } = await unblock("8.8.4.4");
  assertMatch(
    to ?? "",
    /^\/admin\/blocked\?done=unblock_feed&undo=[\w.-]+$/,
  );
  assertStringIncludes(await see(t.app, to!, t.cookie), "at its next refresh");
});
