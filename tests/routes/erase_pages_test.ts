import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findUserByName } from "../../lib/accounts/users.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { begin, finish, flush, IP, PASSWORD } from "../erasure/_traces.ts";

Deno.test("profile: one's own data are handed out, one's own account is deleted by the password", async () => {
  const { app, cookie, admin } = await begin();
  await using _ = app;
  const data = await app.fetch("/profile/data", { cookie, peer: IP });
  assertStringIncludes(
    data.headers.get("content-disposition")!,
    'filename="account-ann.json"',
  );
  assertEquals((await data.json()).account.username, "ann");
  const drop = (cookie: string, password: string) =>
    app.fetch("/profile", { cookie, form: { action: "delete", password } });
  const wrong = await drop(cookie, "a wrong one");
  assertEquals(wrong.status, 422);
  assertStringIncludes(await wrong.text(), "This is not your password.");
  const last = await drop(admin.cookie, "a password for tests");
  assertEquals(last.status, 409);
  assertStringIncludes(await last.text(), "You are the last admin");
  const done = await drop(cookie, PASSWORD);
  assertEquals(done.status, 303);
  assertEquals(await findUserByName(app.services.accounts, "ann"), null);
  assertEquals((await app.fetch("/profile", { cookie })).status, 303);
  await flush(app);
  await finish(app);
  const { items } = await listAudit(app.services.kv, {
    limit: 99,
    now: app.clock.now,
  });
  const [entry] = items.filter(({ what }) => what === "erase_account");
  assertEquals(entry!.who, entry!.target);
  assertEquals(entry!.from, null);
});

Deno.test("console: an address and an account are handed out and erased, by admins only", async () => {
  const { app, admin, cookie } = await begin();
  await using _ = app;
  const { accounts } = app.services;
  const ann = (await findUserByName(accounts, "ann"))!;
  const files = [
    `/admin/export/address?ip=${IP}`,
    `/admin/export/account?id=${ann.id}`,
  ];
  for (const path of files) {
    const file = await app.fetch(path, { cookie: admin.cookie, form: {} });
    assertEquals(file.status, 200);
    assert(file.headers.get("content-disposition")!.includes("attachment"));
    assert(Array.isArray((await file.json()).requests));
    const refused = await app.fetch(path, { cookie, form: {} });
    assertEquals(refused.status, 403);
  }
  const post = (path: string, form: Record<string, string>) =>
    app.fetch(path, {
      cookie: admin.cookie,
      form: { action: "erase", ...form },
    });
  const users = `/admin/users/${ann.id}`;
  assertEquals((await post(users, { confirm: "someone" })).status, 422);
  assertEquals((await post(users, { confirm: "ann" })).status, 303);
  assertEquals(await findUserByName(accounts, "ann"), null);
  assertEquals((await post(users, { confirm: "ann" })).status, 404);
  const root = (await findUserByName(accounts, "root"))!;
  const own = await post(`/admin/users/${root.id}`, { confirm: "root" });
  assertEquals(own.status, 409);

  const dossier = `/admin/ip/${IP}`;
  assertEquals((await post(dossier, { confirm: "x" })).status, 422);
  const done = await post(dossier, { confirm: IP });
  assertEquals(done.status, 303);
  assert(done.headers.get("location")!.includes("done=erase&n=17"));
});

Deno.test("api: DELETE of an address says what it did and that a block stays", async () => {
  const { app, admin: { token } } = await begin();
  await using _ = app;
  await app.fetch("/api/blocked", { token, json: { ip: IP } });
  const path = `/api/addresses/${IP}`;
  const data = await (await app.fetch(path, { token })).json();
  assertEquals([data.status, data.requests.length], ["blocked", 17]);
  const erase = (query = "") =>
    app.fetch(path + query, { token, method: "DELETE" });
  const first = await (await erase()).json();
  assertEquals([first.requests, first.is_blocked], [17, true]);
  const second = await (await erase("?unblock=true")).json();
  assertEquals([second.requests, second.is_blocked], [0, false]);
  assertEquals((await erase("?unblock=perhaps")).status, 422);
});
