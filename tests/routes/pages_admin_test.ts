import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findUserByName } from "../../lib/accounts/users.ts";
import { startApp, type TestApp } from "../_app.ts";
import { record, store } from "./_api.ts";

const IP = "203.0.113.9";

async function asAdmin(app: TestApp) {
  const { cookie } = await app.signIn("root", "admin");
  async function post(path: string, form: Record<string, string>) {
    const response = await app.fetch(path, { cookie, form });
    const text = await response.text();
    return {
      status: response.status,
      location: response.headers.get("location"),
      text,
    };
  }
  async function get(path: string): Promise<string> {
    const response = await app.fetch(path, { cookie });
    const text = await response.text();
    assertEquals(response.status, 200, text);
    return text;
  }
  return { cookie, post, get };
}

async function status(app: TestApp, peer: string): Promise<number> {
  const response = await app.fetch("/", { peer });
  await response.body?.cancel();
  return response.status;
}

Deno.test("admin: blocks and unblocks by a form, on the list and on an address's page", async (t) => {
  await using app = await startApp();
  const { post, get } = await asAdmin(app);
  for (const page of ["/admin/blocked", `/admin/ip/${IP}`]) {
    await t.step(page, async () => {
      const blocked = await post(page, {
        action: "block",
        ip: IP,
        reason: "scans us",
        for: "24h",
      });
      assertEquals(blocked.status, 303, blocked.text);
      assertStringIncludes(blocked.location!, `${page}?done=block`);
      assertStringIncludes(await get(blocked.location!), "scans us");
      assertEquals(await status(app, IP), 403);

      const unblocked = await post(page, { action: "unblock", ip: IP });
      assertEquals(unblocked.status, 303);
      await get(unblocked.location!);
      assertEquals(await status(app, IP), 200);
    });
  }
});

Deno.test("admin: what cannot be blocked comes back with the form as it was filled in", async (t) => {
  await using app = await startApp();
  const { post } = await asAdmin(app);
  const cases: [form: Record<string, string>, status: number, says: string][] =
    [
      [{ ip: "203.0.113" }, 422, "expected an IP address or CIDR range"],
      [{ ip: "" }, 422, "expected an IP address or CIDR range"],
      [{ ip: IP, for: "soon" }, 422, "soon"],
      [{ ip: "127.0.0.1" }, 409, "loopback"],
      [{ ip: "0.0.0.0/0" }, 409, "without force"],
      [{ ip: "198.51.100.7" }, 409, "lock you out"],
    ];
  for (const [form, expected, says] of cases) {
    await t.step(JSON.stringify(form), async () => {
      const { status, text } = await post("/admin/blocked", {
        action: "block",
        reason: "because",
        ...form,
      });
      assertEquals(status, expected, text);
      assertStringIncludes(text, says);
      assertStringIncludes(text, 'value="because"');
      if (expected === 409) assertStringIncludes(text, 'name="force"');
    });
  }
  assertEquals(app.services.lists.sizes.blocked, 0);
});

Deno.test("admin: a wide range is blocked by force", async () => {
  await using app = await startApp();
  const { post } = await asAdmin(app);
  const form = { action: "block", ip: "203.0.0.0/8", force: "1" };
  assertEquals((await post("/admin/blocked", form)).status, 303);
  assertEquals(await status(app, "203.255.0.1"), 403);
});

Deno.test("admin: the safelist wins, lifts a block, and is left again", async () => {
  await using app = await startApp();
  const { post, get } = await asAdmin(app);
  await post("/admin/blocked", { action: "block", ip: IP });
  assertEquals(await status(app, IP), 403);
  const allowed = await post("/admin/blocked", {
    action: "allow",
    ip: IP,
    reason: "the office",
  });
  assertEquals(allowed.status, 303);
  assertStringIncludes(await get("/admin/blocked"), "the office");
  assertEquals(await status(app, IP), 200);
  const refused = await post("/admin/blocked", { action: "block", ip: IP });
  assertEquals(refused.status, 409);
  const left = await post("/admin/blocked", { action: "disallow", ip: IP });
  assertEquals(left.status, 303);
  await post("/admin/blocked", { action: "block", ip: IP });
  assertEquals(await status(app, IP), 403);
});

Deno.test("admin: an action that there is none of is 400, and changes nothing", async () => {
  await using app = await startApp();
  const { post } = await asAdmin(app);
  for (const page of ["/admin/blocked", "/admin/suspicious", "/admin/users"]) {
    for (const action of ["", "explode", "__proto__", "constructor"]) {
      assertEquals((await post(page, { action, ip: IP })).status, 400, page);
    }
  }
});

Deno.test("admin: judges the last hour, blocks a finding's address, resolves and reopens", async () => {
  await using app = await startApp();
  const { post, get } = await asAdmin(app);
  await store(
    app,
    Array.from(
      { length: 501 },
      (_, n) => record({ timestamp: app.clock.now - 3_600_000 + 1 + n }),
    ),
  );
  const judged = await post("/admin/suspicious", { action: "detect" });
  assertEquals(judged.status, 303);
  assertStringIncludes(judged.location!, "flagged=1");
  const list = await get("/admin/suspicious");
  assertStringIncludes(list, IP);
  assertStringIncludes(list, "501 requests");
  const id = /name="id" value="([\w-]{16})"/.exec(list)![1]!;

  const resolved = await post("/admin/suspicious", { action: "resolve", id });
  assertEquals(resolved.status, 303);
  assert(!(await get("/admin/suspicious")).includes(id));
  assertStringIncludes(await get("/admin/suspicious?view=resolved"), id);
  // Settled findings stay settled: the same requests do not raise them again.
  await post("/admin/suspicious", { action: "detect" });
  assert(!(await get("/admin/suspicious")).includes(id));

  await post("/admin/suspicious", { action: "reopen", id });
  assertStringIncludes(await get("/admin/suspicious"), id);
  const blocked = await post("/admin/suspicious", {
    action: "block",
    id,
    ip: IP,
    for: "24h",
  });
  assertEquals(blocked.status, 303, blocked.text);
  assertEquals(await status(app, IP), 403);
  assert(!(await get("/admin/suspicious")).includes(id));
});

async function userId(app: TestApp, name: string): Promise<string> {
  const user = await findUserByName({ kv: app.services.kv }, name);
  return user!.id;
}

Deno.test("admin: promotes, demotes, disables and enables users, at once for their sessions", async () => {
  await using app = await startApp();
  const { post } = await asAdmin(app);
  const form = { username: "ann", password: "a pass phrase" };
  const created = await post("/admin/users", { action: "create", ...form });
  assertEquals(created.status, 303);
  const id = await userId(app, "ann");
  const login = async () => {
    const response = await app.fetch("/api/login", { json: form });
    const { token } = await response.json();
    return { status: response.status, token: token as string };
  };
  const sees = async (token: string, path = "/api/requests") => {
    const response = await app.fetch(path, { token });
    await response.body?.cancel();
    return response.status;
  };
  const asUser = await login();
  assertEquals(await sees(asUser.token), 403);

  assertEquals(
    (await post("/admin/users", { action: "promote", id })).status,
    303,
  );
  assertEquals(await sees(asUser.token, "/api/me"), 401);
  const asAdminToo = await login();
  assertEquals(await sees(asAdminToo.token), 200);

  assertEquals(
    (await post("/admin/users", { action: "demote", id })).status,
    303,
  );
  assert(await sees(asAdminToo.token) >= 401);
  const again = await login();
  assertEquals(await sees(again.token), 403);

  assertEquals(
    (await post("/admin/users", { action: "disable", id })).status,
    303,
  );
  assertEquals(await sees(again.token, "/api/me"), 401);
  assertEquals((await login()).status, 401);
  assertEquals(
    (await post("/admin/users", { action: "enable", id })).status,
    303,
  );
  app.clock.now += 60_001;
  assertEquals((await login()).status, 200);
});

Deno.test("admin: nobody demotes or disables themselves, so the last admin stays", async () => {
  await using app = await startApp();
  const { post, get } = await asAdmin(app);
  const id = await userId(app, "root");
  for (const action of ["demote", "disable"]) {
    const refused = await post("/admin/users", { action, id });
    assertEquals(refused.status, 409, refused.text);
    assertStringIncludes(refused.text, "another admin can");
  }
  await get("/admin/users");
  const unknown = await post("/admin/users", { action: "promote", id: "x" });
  assertEquals(unknown.status, 404);
});

Deno.test("admin: the form for a new user refuses what signup refuses", async () => {
  await using app = await startApp();
  const { post } = await asAdmin(app);
  const create = (username: string, password: string) =>
    post("/admin/users", { action: "create", username, password });
  assertEquals((await create("root", "a pass phrase")).status, 409);
  assertEquals((await create("a b", "a pass phrase")).status, 422);
  assertEquals((await create("ann", "short")).status, 422);
});

Deno.test("admin: the dashboard, the log and the dossier link to one another", async () => {
  await using app = await startApp();
  const { get } = await asAdmin(app);
  await store(app, [record({ timestamp: app.clock.now - 1_000, status: 404 })]);
  assertStringIncludes(await get("/admin"), IP);
  const log = await get(`/admin/requests?ip=${IP}`);
  assertStringIncludes(log, `/admin/ip/${IP}`);
  assertStringIncludes(log, "404");
  const dossier = await get(`/admin/ip/${IP}`);
  assertStringIncludes(dossier, IP);
  assertStringIncludes(dossier, "404");
  assertEquals(
    (await app.fetch("/admin/requests?ip=banana", {
      cookie: (await app.signIn("second", "admin")).cookie,
    })).status,
    400,
  );
});
