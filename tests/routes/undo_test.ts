import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findUserByName } from "../../lib/accounts/users.ts";
import { listReceivers } from "../../lib/alerts/receiver_store.ts";
import type { Feed } from "../../lib/feeds/feed.ts";
import { importList } from "../../lib/feeds/import_list.ts";
import { sweep } from "../../lib/retention/sweep.ts";
import { canUndo } from "../../lib/console/undo_audit.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { keys } from "../../lib/store/keys.ts";
import { REMOVED_MS } from "../../lib/store/removed.ts";
import { testReceiver } from "../alerts/_receiver.ts";
import { startApp, type TestApp } from "../_app.ts";

/** The latest entry of the audit trail, as named in its undo. */
async function undoForm(app: TestApp): Promise<Record<string, string>> {
  const { items: [entry] } = await listAudit(app.services.kv, {
    limit: 1,
    now: app.clock.now,
  });
  return { action: "undo", at: String(entry!.at), id: entry!.id };
}

/** Whether the audit trail offers to undo its latest entry. */
async function canUndoLatest({ services, clock }: TestApp): Promise<boolean> {
  const { now } = clock;
  const { items } = await listAudit(services.kv, { limit: 1, now });
  return await canUndo(services, items[0]!);
}

Deno.test("undo: what was done to the lists is taken back from the banner, and no more than that", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const { kv } = app.services;
  const ip = "203.0.113.7";
  const entry = async (list: "blocked" | "safe") =>
    (await kv.get<{ reason: string }>(keys.access(list, ip))).value;
  const post = (form: Record<string, string>) => {
    app.clock.now += 1_000;
    return app.fetch("/admin/blocked", { cookie, form });
  };
  const undo = async () => {
    const form = await undoForm(app);
    app.clock.now += 1_000;
    const response = await app.fetch("/admin/audit", { cookie, form });
    return response.headers.get("location");
  };
  await t.step("a block", async () => {
    const done = await post({ action: "block", ip, reason: "one" });
    assertStringIncludes(done.headers.get("location")!, "undo=");
    assertEquals(await undo(), "/admin/audit?done=undo");
    assertEquals(await entry("blocked"), null);
  });
  await t.step("a block that replaced another", async () => {
    await post({ action: "block", ip, reason: "first" });
    await post({ action: "block", ip, reason: "second" });
    assertEquals(await undo(), "/admin/audit?done=undo");
    assertEquals((await entry("blocked"))!.reason, "first");
  });
  await t.step("an unblock", async () => {
    await post({ action: "unblock", ip });
    assertEquals(await entry("blocked"), null);
    assertEquals(await undo(), "/admin/audit?done=undo");
    assertEquals((await entry("blocked"))!.reason, "first");
  });
  await t.step("an entry of the safelist, and its removal", async () => {
    await post({ action: "allow", ip, reason: "ours" });
    await post({ action: "disallow", ip });
    assertEquals(await undo(), "/admin/audit?done=undo");
    assertEquals((await entry("safe"))!.reason, "ours");
  });
  await t.step("a block that was made anew since is left alone", async () => {
    await post({ action: "disallow", ip });
    await post({ action: "block", ip, reason: "mine" });
    const form = await undoForm(app);
    await post({ action: "unblock", ip });
    await post({ action: "block", ip, reason: "another's" });
    const late = await app.fetch("/admin/audit", { cookie, form });
    assertEquals(late.headers.get("location"), "/admin/audit?done=gone");
    assertEquals((await entry("blocked"))!.reason, "another's");
  });
});

Deno.test("undo: several blocks are shown before, made in one write, and taken back at once", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const { kv } = app.services;
  const there = async (ip: string) =>
    (await kv.get(keys.access("blocked", ip))).value !== null;
  const list = "203.0.113.1 203.0.113.2,\n2001:DB8::3";
  await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "block", ip: "203.0.113.2" },
  });
  const form = { action: "block", ip: list, reason: "a list", for: "24h" };
  const shown = await app.fetch("/admin/blocked", { cookie, form });
  assertEquals(shown.status, 200);
  assertStringIncludes(await shown.text(), "What a block of 3 addresses");
  assertEquals(await there("203.0.113.1"), false);

  app.clock.now += 1_000;
  const done = await app.fetch("/admin/blocked", {
    cookie,
    form: { ...form, confirmed: list },
  });
  assertEquals(done.status, 303);
  for (const ip of ["203.0.113.1", "203.0.113.2", "2001:db8::3"]) {
    assert(await there(ip), ip);
  }
  const undo = await undoForm(app);
  await app.fetch("/admin/audit", { cookie, form: undo });
  assertEquals(await there("203.0.113.1"), false);
  assertEquals(await there("2001:db8::3"), false);
  // It was blocked before, and stays so.
  assert(await there("203.0.113.2"));

  for (
    const [ip, status] of [
      ["203.0.113.1 banana", 422],
      [
        Array.from({ length: 501 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(
          " ",
        ),
        422,
      ],
    ] as const
  ) {
    const wrong = await app.fetch("/admin/blocked", {
      cookie,
      form: { action: "block", ip },
    });
    assertEquals(wrong.status, status);
    await wrong.body?.cancel();
  }
});

Deno.test("undo: a change of a role is taken back, but never one's own", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await app.signIn("ann");
  const user = async (name: string) =>
    (await findUserByName(app.services.accounts, name))!;
  const ann = await user("ann");
  const post = (form: Record<string, string>) =>
    app.fetch("/admin/users", { cookie, form });

  const asked = await post({ action: "promote", id: ann.id, ask: "1" });
  assertEquals(asked.status, 200);
  assertStringIncludes(await asked.text(), "will see every request");
  assertEquals((await user("ann")).role, "user");
  const done = await post({ action: "promote", id: ann.id, confirm: "1" });
  assertEquals(done.status, 303);
  assertEquals((await user("ann")).role, "admin");
  const form = await undoForm(app);
  await app.fetch("/admin/audit", { cookie, form });
  assertEquals((await user("ann")).role, "user");

  const root = await user("root");
  for (const action of ["demote", "disable"]) {
    const refused = await post({ action, id: root.id, confirm: "1" });
    assertEquals(refused.status, 409);
    assertStringIncludes(await refused.text(), "another admin can");
  }
  const list = await (await app.fetch("/admin/users", { cookie })).text();
  assertEquals(list.includes(`value="${root.id}"`), false);
});

Deno.test("undo: it leads back to pages of the console only", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (
    const back of [
      "https://evil.test/",
      "//evil.test",
      "/admin/../login",
      "/administer",
      "/admin/ip/203.0.113.7\r\nx: y",
      "/admin?x=1",
    ]
  ) {
    await app.fetch("/admin/blocked", {
      cookie,
      form: { action: "block", ip: "203.0.113.7" },
    });
    const form = { ...await undoForm(app), back };
    const response = await app.fetch("/admin/audit", { cookie, form });
    assertEquals(
      response.headers.get("location"),
      "/admin/audit?done=undo",
      back,
    );
    app.clock.now += 1_000;
  }
});

Deno.test("audit page: filters by who, what, to whom and when", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (const ip of ["203.0.113.7", "198.51.100.8"]) {
    await app.fetch("/admin/blocked", {
      cookie,
      form: { action: "block", ip },
    });
    app.clock.now += 60_000;
  }
  const shown = async (query: string) => {
    const response = await app.fetch(`/admin/audit?${query}`, { cookie });
    const html = await response.text();
    assertEquals(response.status, 200, query);
    return ["203.0.113.7", "198.51.100.8"].filter((ip) =>
      html.includes(`>${ip}</a>`)
    ).length;
  };
  assertEquals(await shown(""), 2);
  assertEquals(await shown("who=root&what=block"), 2);
  assertEquals(await shown("who=nobody"), 0);
  assertEquals(await shown("what=allow"), 0);
  assertEquals(await shown("target=203.0"), 1);
  assertEquals(await shown("since=90s"), 1);
  const bad = await app.fetch("/admin/audit?since=soon", { cookie });
  assertEquals(bad.status, 400);
});

Deno.test("undo: a feed that was added goes, one that was removed comes back with its blocks", async (t) => {
  let list: string | null = "8.8.8.0/24\n8.8.4.4\n";
  await using app = await startApp({
    fetchList: () =>
      list === null
        ? Promise.reject(
          Object.assign(new Error("no answer"), { name: "OutboundError" }),
        )
        : Promise.resolve({
          kind: "list",
          body: new TextEncoder().encode(list),
          ...{ etag: null, last_modified: null },
        }),
  });
  const { cookie } = await app.signIn("root", "admin");
  const { kv } = app.services;
  const post = async (path: string, form: Record<string, string>) => {
    app.clock.now += 1_000;
    const response = await app.fetch(path, { cookie, form });
    return response.headers.get("location") ?? await response.text();
  };
  const url = "https://lists.example/drop?key=s3cret";
  const add = () => post("/admin/feeds", { action: "add", name: "drop", url });
  const feed = async () => (await kv.get<Feed>(keys.feed("drop"))).value;
  const blocks = async () =>
    (await app.fetch("/", { peer: "8.8.8.8" })).status === 403;
  /** The action of a banner's button. */
  const undo = (location: string) => {
    const [at, id] = /undo=(\d+)\.([\da-f-]+)/.exec(location)!.slice(1);
    return post("/admin/audit", {
      ...{ action: "undo", at: at!, id: id!, back: "/admin/feeds" },
    });
  };

  await t.step("added, and undone", async () => {
    const location = await add();
    assertEquals(await undo(location), "/admin/feeds?done=undo");
    assertEquals(await feed(), null);
  });
  await t.step("removed, and undone: its list is in force", async () => {
    await add();
    await post("/admin/feeds/drop", { action: "apply" });
    assert(await blocks());
    const { created_at } = (await feed())!;
    const location = await post("/admin/feeds/drop", { action: "remove" });
    assertEquals([await feed(), await blocks()], [null, false]);
    assertEquals(await undo(location), "/admin/feeds?done=undo");
    const back = (await feed())!;
    assertEquals(
      [back.url, back.created_by, back.created_at, back.list?.entries],
      [url, "root", created_at, 2],
    );
    assert(await blocks());
    assertEquals(await undo(location), "/admin/feeds?done=gone");
  });
  await t.step(
    "where its list cannot be fetched, it is back without",
    async () => {
      const location = await post("/admin/feeds/drop", { action: "remove" });
      list = null;
      assertEquals(await undo(location), "/admin/feeds?done=undo");
      const back = (await feed())!;
      assertEquals([back.list, back.last?.kind], [null, "failed"]);
      assertEquals(await blocks(), false);
    },
  );
  await t.step("another of its name is not overwritten", async () => {
    const location = await post("/admin/feeds/drop", { action: "remove" });
    list = "8.8.4.4\n";
    await post("/admin/feeds", {
      ...{ action: "add", name: "drop", url: "https://lists.example/other" },
    });
    assertEquals(await undo(location), "/admin/feeds?done=gone");
    assertEquals((await feed())!.url, "https://lists.example/other");
    await post("/admin/feeds/drop", { action: "remove" });
  });
  await t.step("after a week there is nothing to put back", async () => {
    list = "8.8.8.0/24\n";
    await add();
    await post("/admin/feeds/drop", { action: "remove" });
    assertEquals(await canUndoLatest(app), true);
    app.clock.now += REMOVED_MS;
    assertEquals(await canUndoLatest(app), false);
  });
  const { items } = await listAudit(kv, { limit: 99, now: app.clock.now });
  assert(!JSON.stringify(items).includes("s3cret"));
});

Deno.test("undo: what was decided about a feed's list, and a list from a file", async (t) => {
  let list = Array.from({ length: 30 }, (_, i) => `8.10.${i}.0/24\n`)
    .join("8.8.8.0/24\n8.8.4.4\n");
  await using app = await startApp({
    fetchList: () =>
      Promise.resolve({
        kind: "list",
        body: new TextEncoder().encode(list),
        ...{ etag: null, last_modified: null },
      }),
  });
  let { cookie } = await app.signIn("root", "admin");
  const { services, clock } = app;
  let admins = 1;
  /** A session expires meanwhile. */
  const pass = async (ms: number) => {
    clock.now += ms;
    ({ cookie } = await app.signIn(`root${++admins}`, "admin"));
  };
  const { kv } = services;
  const get = async (path: string) =>
    await (await app.fetch(path, { cookie })).text();
  const post = async (path: string, form: Record<string, string>) => {
    clock.now += 1_000;
    const response = await app.fetch(path, { cookie, form });
    return response.headers.get("location") ?? await response.text();
  };
  const decide = (action: string) => post("/admin/feeds/drop", { action });
  const feed = async (name: string) =>
    (await kv.get<Feed>(keys.feed(name))).value;
  const isBlocked = async (ip: string) =>
    (await kv.get(keys.access("blocked", ip))).value !== null;
  const parts = async (name: string) =>
    new Set(
      (await Array.fromAsync(kv.list({ prefix: keys.feedParts(name) })))
        .map(({ key }) => key[2]),
    ).size;
  /** The action of a banner's button. */
  const undo = (location: string) => {
    const [at, id] = /undo=(\d+)\.([\da-f-]+)/.exec(location)!.slice(1);
    return post("/admin/audit", {
      ...{ action: "undo", at: at!, id: id!, back: "/admin/feeds/drop" },
    });
  };
  const undone = "/admin/feeds/drop?done=undo";
  const gone = "/admin/feeds/drop?done=gone";
  await post("/admin/feeds", {
    ...{ action: "add", name: "drop", url: "https://lists.example/drop" },
  });

  await t.step("the first list: discarded, and undone, it waits", async () => {
    const location = await decide("discard");
    assertEquals((await feed("drop"))!.staged, null);
    assertStringIncludes(await get(location), "The list has been discarded.");
    assertEquals(await undo(location), undone);
    assertStringIncludes(await get(undone), "Undone.");
    assertEquals((await feed("drop"))!.staged!.state, "waiting");
    assertEquals(await undo(location), gone);
  });
  await t.step("applied, and undone, nothing of it is in force", async () => {
    const location = await decide("apply");
    assertStringIncludes(await get(location), "The list has been applied.");
    assert(await isBlocked("8.8.8.0/24"));
    assertEquals(await undo(location), undone);
    assertEquals(await isBlocked("8.8.8.0/24"), false);
    const { list, staged } = (await feed("drop"))!;
    assertEquals([list, staged!.state], [null, "waiting"]);
    // A pending list can be applied again; only that can be undone then.
    const again = await decide("apply");
    assert(await isBlocked("8.8.8.0/24"));
    assertEquals(await undo(location), gone);
    assert(await isBlocked("8.8.8.0/24"));
    assertStringIncludes(again, "undo=");
  });
  await t.step("a suspicious list: what was in force is so again", async () => {
    // It has shrunk to less than a tenth.
    list = "8.9.7.0/24\n8.9.8.0/24\n";
    await decide("refresh");
    assertEquals((await feed("drop"))!.staged!.state, "waiting");
    assertEquals(await parts("drop"), 2);
    const location = await decide("apply");
    assertEquals(
      [await isBlocked("8.8.4.4"), await isBlocked("8.9.7.0/24")],
      [false, true],
    );
    assertEquals(await parts("drop"), 2);
    assertEquals(await undo(location), undone);
    assertEquals(
      [await isBlocked("8.8.4.4"), await isBlocked("8.9.7.0/24")],
      [true, false],
    );
    // The schedule fetches the same list, which stays pending.
    await pass(25 * 3_600_000);
    await decide("refresh");
    assertEquals((await feed("drop"))!.staged!.state, "waiting");
    assert(await isBlocked("8.8.4.4"));
  });
  await t.step("after the next list, what was before is not kept", async () => {
    const location = await decide("apply");
    assert(await canUndoLatest(app));
    list = list.replace("8.9.7.0/24", "8.9.200.0/24");
    await decide("refresh");
    assert(await isBlocked("8.9.200.0/24"));
    assertEquals(await parts("drop"), 1);
    assertEquals(await undo(location), gone);
    assert(await isBlocked("8.9.200.0/24"));
    assertStringIncludes(
      await get("/admin/audit?what=refresh_feed"),
      "No undo: the next refresh would do it again",
    );
  });

  const load = async (text: string, for_ms: number | null = null) => {
    clock.now += 1_000;
    await importList(services.feeds([]), {
      ...{ name: "ours", url: null, for_ms, dryRun: false, sure: true },
      stream: (async function* () {
        yield new TextEncoder().encode(text);
      })(),
    }, { by: "import-list", from: null });
  };
  const undoLatest = async () => {
    const form = await undoForm(app);
    return await post("/admin/audit", { ...form, back: "/admin/feeds/drop" });
  };
  await t.step("an import: the list before is in force again", async () => {
    await load("9.0.0.1\n9.0.0.2\n");
    await load("9.0.0.2\n9.0.0.3\n");
    assertEquals(await isBlocked("9.0.0.1"), false);
    assertEquals(await undoLatest(), undone);
    assertEquals(
      [await isBlocked("9.0.0.1"), await isBlocked("9.0.0.3")],
      [true, false],
    );
    assertEquals(await canUndoLatest(app), false);
  });
  await t.step("removed, and undone: it is in force again", async () => {
    const location = await post("/admin/feeds/ours", { action: "remove" });
    assertEquals(await feed("ours"), null);
    assertEquals(await isBlocked("9.0.0.1"), false);
    await all(services);
    assertEquals(await undo(location), undone);
    assert(await isBlocked("9.0.0.1") && await isBlocked("9.0.0.2"));
    assertEquals((await feed("ours"))!.list!.entries, 2);
  });
  await t.step("a week after, its entries are gone", async () => {
    await post("/admin/feeds/ours", { action: "remove" });
    assertEquals(await parts("ours"), 1);
    await pass(REMOVED_MS);
    assertEquals(await canUndoLatest(app), false);
    await all(services);
    assertEquals([await parts("ours"), await parts("drop")], [0, 1]);
  });
  await t.step(
    "a first import, undone, is a removal; it ends when it would have",
    async () => {
      await load("9.0.0.1\n", 24 * 3_600_000);
      await pass(20 * 3_600_000);
      assertEquals(await undoLatest(), undone);
      assertEquals([await feed("ours"), await isBlocked("9.0.0.1")], [
        null,
        false,
      ]);
      assertEquals(await undoLatest(), undone);
      const { value } = await kv.get<{ expires_at: number }>(
        keys.access("blocked", "9.0.0.1"),
      );
      const left = value!.expires_at - clock.now;
      assert(left > 3.9 * 3_600_000 && left <= 4 * 3_600_000, String(left));
      await post("/admin/feeds/ours", { action: "remove" });
      await pass(5 * 3_600_000);
      assertEquals(await canUndoLatest(app), false);
    },
  );
});

/** A pass of the sweep, as its job does it over time. */
async function all({ kv, now }: TestApp["services"]): Promise<void> {
  while (!(await sweep({ kv, now, logRetention: 30 * 86_400_000 })).isDone);
}

Deno.test("undo: a receiver of alerts is put back, taken away and changed back", async (t) => {
  await using server = testReceiver();
  await using app = await startApp({ env: { OUTBOUND_PRIVATE: "1" } });
  const { cookie } = await app.signIn("root", "admin");
  const { kv, alerts } = app.services;
  const post = async (path: string, form: Record<string, string>) => {
    app.clock.now += 20_000;
    const response = await app.fetch(path, { cookie, form });
    return response.headers.get("location") ?? await response.text();
  };
  const change = (form: Record<string, string>) => post("/admin/alerts", form);
  const undo = (location: string) => {
    const [at, id] = /undo=(\d+)\.([\da-f-]+)/.exec(location)!.slice(1);
    return post("/admin/audit", {
      ...{ action: "undo", at: at!, id: id!, back: "/admin/alerts" },
    });
  };
  const form = { action: "add", kind: "webhook", name: "Ops", url: server.url };
  const added = await change(form);
  const { id } = (await listReceivers(kv))[0]!;

  await t.step("removed, and undone: it is told again", async () => {
    const removed = await change({ action: "remove", id });
    assertEquals(await listReceivers(kv), []);
    assertEquals(await undo(removed), "/admin/alerts?done=undo");
    assertEquals((await listReceivers(kv)).map(({ name }) => name), ["Ops"]);
    const before = server.got.length;
    assertEquals((await alerts.test("root", id))?.ok, true);
    assertEquals(server.got.length, before + 1);
  });
  await t.step("paused and changed, and undone", async () => {
    const state = async () => {
      const { least, lists, quiet, is_paused } = (await listReceivers(kv))[0]!;
      return [least, lists, quiet, is_paused];
    };
    const was = await state();
    const paused = await change({ action: "pause", id });
    assertEquals((await state())[3], true);
    await undo(paused);
    assertEquals(await state(), was);
    const changed = await change({
      ...{ action: "change", id, least: "critical", lists: "1" },
      ...{ quiet_from: "22:00", quiet_to: "07:00" },
    });
    assertEquals(await state(), [
      "critical",
      true,
      { from: 1320, to: 420 },
      false,
    ]);
    const again = await change({ action: "change", id, least: "warning" });
    // Later changes by a user are kept.
    assertEquals(await undo(changed), "/admin/alerts?done=gone");
    await undo(again);
    await undo(changed);
    assertEquals(await state(), was);
  });
  await t.step("added, and undone", async () => {
    assertEquals(await undo(added), "/admin/alerts?done=undo");
    assertEquals(await listReceivers(kv), []);
  });
  await t.step("after a week there is nothing to put back", async () => {
    await change(form);
    const { id } = (await listReceivers(kv))[0]!;
    await change({ action: "remove", id });
    assertEquals(await canUndoLatest(app), true);
    app.clock.now += REMOVED_MS;
    assertEquals(await canUndoLatest(app), false);
  });
  const { items } = await listAudit(kv, { limit: 99, now: app.clock.now });
  assert(!JSON.stringify(items).includes("s3cret"));
});
