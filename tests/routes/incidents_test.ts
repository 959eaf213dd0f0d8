import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp, type TestApp } from "../_app.ts";
import {
  getIncident,
  recordIncidents,
} from "../../lib/detection/incidents/store.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { see } from "./_console.ts";
import { testReceiver } from "../alerts/_receiver.ts";

/** Addresses of one network that look for secrets, and an innocent one. */
async function attack(app: TestApp): Promise<void> {
  for (let n = 1; n <= 5; n++) {
    for (const path of ["/.env", "/.git/config"]) {
      const peer = `203.0.113.${n}`;
      await (await app.fetch(path, { peer })).body?.cancel();
    }
  }
  await (await app.fetch("/", { peer: "198.51.100.200" })).body?.cancel();
  app.clock.now += 1_000;
  await app.services.detect({});
}

Deno.test("API: an attack from five addresses is one incident, and is resolved as one", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  await attack(app);
  const list = await (await app.fetch("/api/incidents", { token })).json();
  assertEquals(list.cursor, null);
  const [incident, ...more] = list.items;
  assertEquals(more, []);
  assertEquals(
    [incident.kind, incident.severity, incident.addresses, incident.networks],
    ["scan", "warning", 5, 1],
  );
  // Two rules found each of them, and one their network; no request counts twice.
  assertEquals([incident.requests, incident.findings], [10, 11]);
  const path = `/api/incidents/${incident.id}`;
  const one = await (await app.fetch(path, { token })).json();
  assertEquals(one.networks, ["203.0.113.0/24"]);
  assertEquals(one.addresses.length, 5);
  assertEquals(one.findings.length, 11);

  const json = { is_active: false, reason: "our own test" };
  const done = await app.fetch(path, { method: "PATCH", token, json });
  assertEquals((await done.json()).is_active, false);
  const open = await app.fetch("/api/incidents?active=true", { token });
  assertEquals((await open.json()).items, []);
  const findings = await app.fetch("/api/suspicious?active=true", { token });
  assertEquals((await findings.json()).items, []);
  // A settled one stays settled.
  await app.services.detect({});
  const again = await app.fetch("/api/incidents?active=1", { token });
  assertEquals((await again.json()).items, []);
});

Deno.test("API: incidents refuse what they do not know", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const status = async (path: string, options = {}) => {
    const response = await app.fetch(path, { token, ...options });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("/api/incidents?active=maybe"), 400);
  assertEquals(await status("/api/incidents?kind=war"), 400);
  assertEquals(await status("/api/incidents?since=2026-02-30"), 400);
  assertEquals(await status("/api/incidents?network=here"), 400);
  assertEquals(await status("/api/incidents?rule=x"), 400);
  assertEquals(await status("/api/incidents/none"), 404);
  const patch = { method: "PATCH", json: { is_active: true } };
  assertEquals(await status("/api/incidents/none", patch), 404);
  const wrong = { method: "PATCH", json: { is_active: "no" } };
  assertEquals(await status("/api/incidents/none", wrong), 422);
  assertEquals(await status("/api/incidents", { token: undefined }), 401);
});

Deno.test("incidents page: a block of all is shown before it is done, and leads to its undo", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  await attack(app);
  const html = await (await app.fetch("/admin/incidents", { cookie })).text();
  assertStringIncludes(html, "Vulnerability scan from 5 addresses");
  const { items } = await (await app.fetch("/api/incidents", { token })).json();
  const path = `/admin/incidents/${items[0].id}`;
  const preview = await app.fetch(`${path}?preview=block`, { cookie });
  const shown = await preview.text();
  assertStringIncludes(shown, "5 addresses");
  assertStringIncludes(shown, "would be blocked for 24 hours");
  const open = await app.fetch("/", { peer: "203.0.113.3" });
  assertEquals(open.status, 200);
  await open.body?.cancel();

  const done = await app.fetch(path, { cookie, form: { action: "block" } });
  assertEquals(done.status, 303);
  assert(done.headers.get("location")!.includes("undo="));
  for (let n = 1; n <= 5; n++) {
    const response = await app.fetch("/", { peer: `203.0.113.${n}` });
    assertEquals(response.status, 403);
    await response.body?.cancel();
  }
  const after = await app.fetch("/api/incidents?active=true", { token });
  assertEquals((await after.json()).items, []);
  const gone = await app.fetch("/admin/incidents/none", { cookie });
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
});

Deno.test("incident page: each value leads on, and a spike of nobody in particular blocks nobody", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  await attack(app);
  const { items } = await (await app.fetch("/api/incidents", { token })).json();
  const html = await see(app, `/admin/incidents/${items[0].id}`, cookie);
  assertStringIncludes(html, `href="/admin/rules#weak_spot"`);
  assertStringIncludes(html, "path=%7E%2F.env");
  assertStringIncludes(html, "10 requests, 0 refused");

  await recordIncidents(app.services.kv, [{
    ...{ id: "spike", ip_address: "*", rule: "traffic_spike" },
    ...{ severity: "warning", score: 0, count: 900, explanation: "900" },
    ...{ evidence: [], windows: [], is_active: true, resolved_by: null },
    ...{ resolved_at: null, resolution: null },
    first_seen: app.clock.now - 3_600_000,
    last_seen: app.clock.now,
    flagged_at: app.clock.now,
    updated_at: app.clock.now,
    expires_at: app.clock.now + 86_400_000,
  }], { now: app.clock.now });
  const list = await see(app, "/admin/incidents", cookie);
  const title = "Flood of requests at the whole site";
  assertStringIncludes(list, title);
  assertStringIncludes(list, "The site as a whole");
  // All requests in that time, including those for the console's pages.
  assert(!/\b0 (addresses|requests,)/.test(list));
  const id = new RegExp(`/admin/incidents/([\\w-]+)">${title}`).exec(list)![1]!;
  const site = await see(app, `/admin/incidents/${id}?preview=block`, cookie);
  assertStringIncludes(site, "there is nobody to block");
  assert(!/Block 0|Block all|Add all to the safelist|ip=&/.test(site));
});

Deno.test("incident page: an attack of networks alone lists them", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const networks = ["203.0.113.0/24", "2001:db8:1::/48"];
  await recordIncidents(
    app.services.kv,
    networks.map((ip_address, n) => ({
      ...{ id: `n${n}`, ip_address, rule: "distributed_volume" },
      ...{ severity: "warning", score: 0, count: 9_000, explanation: "9,000" },
      ...{ evidence: [], windows: [], is_active: true, resolved_by: null },
      ...{ resolved_at: null, resolution: null },
      first_seen: app.clock.now - 3_600_000,
      last_seen: app.clock.now,
      flagged_at: app.clock.now,
      updated_at: app.clock.now,
      expires_at: app.clock.now + 86_400_000,
    })),
    { now: app.clock.now },
  );
  const list = await see(app, "/admin/incidents", cookie);
  const ids = new Set(
    Array.from(
      list.matchAll(/href="(\/admin\/incidents\/[\w-]+)"/g),
      ([, to]) => to!,
    ),
  );
  assert(ids.size > 0, list);
  let text = "";
  for (const id of ids) text += await see(app, id, cookie);
  assertStringIncludes(text, "Participants");
  for (const network of networks) {
    assertStringIncludes(text, `data-row="${network}"`);
  }
});

Deno.test("incident page: who of those who took part is a crawler, as was verified", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const bot = "Mozilla/5.0 (compatible; Googlebot/2.1)";
  for (const peer of ["203.0.113.1", "203.0.113.2"]) {
    for (const path of ["/.env", "/.git/config"]) {
      const headers = { "user-agent": bot };
      await (await app.fetch(path, { peer, headers })).body?.cancel();
    }
  }
  app.clock.now += 1_000;
  await app.services.detect({});
  app.services.crawlers.peek = (ip, agent) =>
    agent !== bot ? null : ip === "203.0.113.2" ? "verified" : "unknown";
  const { items } = await (await app.fetch("/api/incidents", { token })).json();
  const html = await see(app, `/admin/incidents/${items[0].id}`, cookie);
  assertStringIncludes(html, "1 verified crawler: Googlebot");
  assertEquals(html.match(/✓ Googlebot/g)?.length, 1);
});

Deno.test("overview and incidents: what is dismissed goes from the list that one stands at, with its undo", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await attack(app);
  for (const path of ["/admin?range=7d", "/admin/incidents?kind=scan"]) {
    const html = await see(app, path, cookie);
    const id = /\/admin\/incidents\/([\w-]+)\?preview=block/.exec(html)![1]!;
    const form = { action: "resolve", id };
    const done = await app.fetch(path, { cookie, form });
    const to = done.headers.get("location")!;
    assert(to.startsWith(`${path}&done=resolve`), to);
    const after = await see(app, to, cookie);
    assert(!after.includes(`${id}?preview=block`));
    assertStringIncludes(after, "ismissed. Evidence");
    const [, at, entry] = /[?&]undo=(\d+)\.([\da-f-]+)/.exec(to)!;
    const undone = await app.fetch("/admin/audit", {
      cookie,
      form: { action: "undo", at: at!, id: entry!, back: "/admin" },
    });
    assertEquals(undone.headers.get("location"), "/admin?done=undo");
    const again = await see(app, "/admin?done=undo", cookie);
    assertStringIncludes(again, "Undone.");
    assertStringIncludes(again, `${id}?preview=block`);
  }
  const odd = { action: "erase", id: "x" };
  const refused = await app.fetch("/admin", { cookie, form: odd });
  assertEquals(refused.status, 400);
  await refused.body?.cancel();
  const none = { action: "resolve", id: "x" };
  const nothing = await app.fetch("/admin", { cookie, form: none });
  assertEquals(nothing.headers.get("location"), "/admin");
});

Deno.test("one attack is told once, however many take part", async () => {
  await using server = testReceiver();
  await using app = await startApp({ env: { ALERT_WEBHOOK_URL: server.url } });
  await attack(app);
  await app.services.alerts.round();
  await attack(app);
  await app.services.alerts.round();
  const told = server.texts().filter((text) =>
    /weak_spot|path_scanning|distributed_prefix/.test(text)
  );
  assertEquals(told.length, 1, told.join("\n"));
});

Deno.test("API: the operator of an attack is refused on a path for an hour, as its preview says", async () => {
  await using app = await startApp();
  app.services.operators.operatorOf = (ip) =>
    ip.startsWith("203.0.113.")
      ? { asn: 64_500, name: "Example Hosting", hosting: true }
      : null;
  const { token } = await app.signIn("root", "admin");
  await attack(app);
  const list = await (await app.fetch("/api/incidents", { token })).json();
  const path = `/api/incidents/${list.items[0].id}/decide`;
  const decide = async (json: Record<string, unknown>) => {
    const response = await app.fetch(path, { token, json });
    return [response.status, await response.json()];
  };
  const order = { decision: "refuse_operator", path: "/login*", for: "1h" };
  const status = async (path: string, peer: string) => {
    const response = await app.fetch(path, { peer });
    await response.body?.cancel();
    return response.status;
  };

  const [, preview] = await decide({ ...order, dry_run: true });
  assertEquals(
    [preview.applied, preview.addresses, preview.operator.asn],
    [false, 5, 64_500],
  );
  assertEquals(preview.rule.when.path, ["/login*"]);
  assertEquals(preview.rehearsal.requests, 0);
  assertEquals(await status("/login", "203.0.113.77"), 200);

  const [, done] = await decide(order);
  assertEquals([done.applied, done.incident.is_active], [true, false]);
  await app.services.policy.poll();
  assertEquals(await status("/login", "203.0.113.77"), 403);
  assertEquals(await status("/", "203.0.113.77"), 200);
  assertEquals(await status("/login", "198.51.100.77"), 200);

  const { cookie } = await app.signIn("ann", "admin");
  /** Undoes the latest entry of that action. */
  const undo = async (action: string) => {
    app.clock.now += 1_000;
    const { now } = app.clock;
    const { items } = await listAudit(app.services.kv, { limit: 9, now });
    const { at, id } = items.find(({ what }) => what === action)!;
    const form = { action: "undo", at: String(at), id };
    const undone = await app.fetch("/admin/audit", { cookie, form });
    assertEquals(undone.headers.get("location"), "/admin/audit?done=undo");
    await app.services.policy.poll();
    const { id: incident } = list.items[0];
    const { is_active } = (await getIncident(app.services.kv, incident, now))!;
    return [await status("/login", "203.0.113.77"), is_active];
  };
  assertEquals(await undo("add_temporary_rule"), [200, true]);
  assertEquals(await undo("remove_temporary_rule"), [403, false]);
  app.clock.now += 3_600_001;
  await app.services.policy.poll();
  assertEquals(await status("/login", "203.0.113.77"), 200);

  // An impossible action is reported, and nothing changes.
  app.services.operators.operatorOf = () => null;
  assertEquals((await decide(order))[0], 409);
  assertEquals((await decide({ ...order, for: "9d" }))[0], 422);
  assertEquals((await decide({ ...order, for: "soon" }))[0], 422);
  assertEquals((await decide({ decision: "shrug" }))[0], 422);
});

Deno.test("API: a decision blocks the addresses of an attack, or leaves it open to be told anew", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  await attack(app);
  const list = await (await app.fetch("/api/incidents", { token })).json();
  const path = `/api/incidents/${list.items[0].id}/decide`;
  const watched = await app.fetch(path, {
    token,
    json: { decision: "watch", reason: "we know them" },
  });
  const { incident } = await watched.json();
  assertEquals(
    [incident.is_active, incident.decided_by, incident.reason],
    [true, "root", "watched: we know them"],
  );
  const preview = await app.fetch(path, {
    token,
    json: { decision: "block", dry_run: true },
  });
  assertEquals((await preview.json()).addresses, 5);
  const blocked = await app.fetch(path, { token, json: { decision: "block" } });
  assertEquals((await blocked.json()).applied, true);
  const listed = await app.fetch("/api/blocked", { token });
  const { items } = await listed.json();
  assertEquals(items.length >= 5, true, JSON.stringify(items));
});

Deno.test("incidents: each decision has its view, filters narrow it, and all that match are settled at once", async (t) => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const probe = async (peer: string) => {
    for (const path of ["/.env", "/.git/config"]) {
      await (await app.fetch(path, { peer })).body?.cancel();
    }
  };
  await probe("192.0.2.1");
  app.clock.now += 1_000;
  await app.services.detect({});
  app.clock.now += 7 * 3_600_000;
  await probe("203.0.113.1");
  app.clock.now += 1_000;
  await app.services.detect({});
  const list = async (query: string): Promise<{ id: string }[]> => {
    const response = await app.fetch(`/api/incidents?${query}`, { token });
    return (await response.json()).items;
  };
  const see = async (query: string) =>
    await (await app.fetch(`/admin/incidents?${query}`, { cookie })).text();
  const post = async (path: string, form: Record<string, string>) => {
    app.clock.now += 1_000;
    const response = await app.fetch(path, { cookie, form });
    assertEquals(response.status, 303);
    return response.headers.get("location")!;
  };
  /** Presses "Undo" on the page after an action. */
  const undo = async (location: string) => {
    const [at, id] = new URL(location, "http://localhost").searchParams
      .get("undo")!.split(".") as [string, string];
    return await post("/admin/audit", { action: "undo", at, id });
  };
  const [young, old] = await list("");
  assert(young && old);
  const path = `/admin/incidents/${old.id}`;

  await t.step("filters of kind, network, time and operator", async () => {
    for (
      const [query, found] of [
        ["kind=scan", 2],
        ["kind=login", 0],
        ["network=192.0.2.0/25", 1],
        ["network=192.0.2.2", 0],
        ["since=1h", 1],
        ["severity=critical", 0],
        ["operator=nobody", 0],
        ["kind=scan&network=203.0.113.1&since=1h", 1],
      ] as const
    ) {
      assertEquals((await list(query)).length, found, query);
      const html = await see(query);
      assertEquals(html.includes("No incident in this view"), found === 0);
    }
  });
  await t.step("dismissed, and undone", async () => {
    const done = await post(path, { action: "resolve" });
    assertEquals((await list("state=dismissed")).map(({ id }) => id), [old.id]);
    assertStringIncludes(await see("view=dismissed"), old.id);
    assert(!(await see("view=safelisted")).includes(old.id));
    assertEquals(await undo(done), "/admin/audit?done=undo");
    assertEquals(await list("state=dismissed"), []);
  });
  await t.step("safelisted, and undone with its list", async () => {
    const done = await post(path, { action: "allow" });
    assertStringIncludes(await see("view=safelisted"), old.id);
    const findings = "/admin/suspicious?view=safelisted";
    const shown = await (await app.fetch(findings, { cookie })).text();
    assertStringIncludes(shown, "192.0.2.1");
    const other = "/admin/suspicious?view=dismissed";
    const none = await (await app.fetch(other, { cookie })).text();
    assertStringIncludes(none, "Nothing has been dismissed yet.");
    const kind = () =>
      app.services.lists.match("192.0.2.1", app.clock.now)?.kind;
    assertEquals(kind(), "safe");
    await undo(done);
    assertEquals(kind(), undefined);
    assertEquals((await list("state=open")).length, 2);
  });
  await t.step("watched, and undone", async () => {
    const done = await post(path, { action: "watch", why: "who is it?" });
    assertEquals((await list("state=watched")).map(({ id }) => id), [old.id]);
    assertStringIncludes(await see("view=watched"), old.id);
    assertEquals((await list("state=open")).length, 2);
    await undo(done);
    assertEquals(await list("state=watched"), []);
    assertEquals(await undo(done), "/admin/audit?done=gone");
  });
  for (const action of ["block", "allow"] as const) {
    await t.step(
      `several: ${action}, after a look, and undone at once`,
      async () => {
        const kinds = () =>
          ["192.0.2.1", "203.0.113.1"].map((ip) =>
            app.services.lists.match(ip, app.clock.now)?.kind
          );
        const form = { action, all: "1", why: "a storm" };
        const look = await app.fetch("/admin/incidents", { cookie, form });
        assertEquals(look.status, 200);
        const html = await look.text();
        assertStringIncludes(html, 'value="a storm"');
        assertStringIncludes(html, `name="id" value="${young.id}"`);
        assertEquals(kinds(), [undefined, undefined]);
        assertEquals((await list("state=open")).length, 2);

        const done = await post("/admin/incidents", {
          ...{ ...form, confirmed: "1", for: "1h" },
        });
        assertStringIncludes(done, `done=${action}&n=2`);
        const kind = action === "block" ? "blocked" : "safe";
        assertEquals(kinds(), [kind, kind]);
        assertEquals(await list("state=open"), []);
        const state = action === "block" ? "blocked" : "safelisted";
        assertEquals((await list(`state=${state}`)).length, 2);
        const entry = app.services.lists.match("192.0.2.1", app.clock.now)!;
        assertEquals(entry.entry.reason, "a storm");
        assertEquals(entry.entry.expires_at! - app.clock.now, 3_600_000);

        await undo(done);
        assertEquals(kinds(), [undefined, undefined]);
        assertEquals((await list("state=open")).length, 2);
      },
    );
  }
  await t.step(
    "several: what cannot be is refused, and nothing is done",
    async () => {
      for (
        const [form, status, said] of [
          [{ action: "block" }, 422, "expected at least one incident"],
          [{ action: "block", id: "none" }, 422, "expected at least one"],
          [{ action: "burn", all: "1" }, 400, "unknown action"],
          [
            { action: "block", all: "1", confirmed: "1", for: "ages" },
            422,
            "ages",
          ],
        ] as const
      ) {
        const response = await app.fetch("/admin/incidents", { cookie, form });
        assertEquals(response.status, status, said);
        assertStringIncludes(await response.text(), said);
      }
      assertEquals((await list("state=open")).length, 2);
    },
  );
  await t.step("all that match the filters, and no other", async () => {
    const page = "/admin/incidents?network=192.0.2.0/24";
    const done = await post(page, { action: "resolve", all: "1" });
    assertStringIncludes(done, "n=1");
    assertEquals((await list("state=open")).map(({ id }) => id), [young.id]);
    await undo(done);
    assertEquals((await list("state=open")).length, 2);
  });
});

Deno.test("findings: a network is not blocked before somebody looked whom it would hit", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await attack(app);
  const page = "/admin/suspicious?view=all&limit=100";
  const html = await (await app.fetch(page, { cookie })).text();
  const network = "203.0.113.0/24";
  assertStringIncludes(html, 'aria-label="Block 24 h: 203.0.113.1"');
  assert(!html.includes(`Block 24 h: ${network}`));
  assertStringIncludes(html, `Block ${network}: look whom it would hit`);
  const id = new RegExp(
    `name="id" value="([\\w-]{16})"/?><input type="hidden" name="ip" value="${network}"`,
  ).exec(html)![1]!;
  for (
    const form of [
      { action: "block", id, ip: network, for: "24h", reason: "" },
      { action: "bulk", bulk: "block", id },
    ] as Record<string, string>[]
  ) {
    const refused = await app.fetch(page, { cookie, form });
    assertEquals(refused.status, 409);
    assertStringIncludes(await refused.text(), "Not blocked yet");
  }
  assertEquals(app.services.lists.sizes.blocked, 0);
});
