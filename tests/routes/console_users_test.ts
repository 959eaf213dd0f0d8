import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { findUserByName } from "../../lib/accounts/users.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { startApp, type TestApp } from "../_app.ts";
import { see } from "./_console.ts";

async function begin() {
  const app = await startApp();
  const root = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  const id = async (name: string) =>
    (await findUserByName(app.services.accounts, name))!.id;
  return {
    app,
    root,
    ann,
    path: `/admin/users/${await id("ann")}`,
    own: `/admin/users/${await id("root")}`,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

async function logIn(app: TestApp, password: string): Promise<number> {
  const response = await app.fetch("/api/login", {
    json: { username: "ann", password },
  });
  await response.body?.cancel();
  return response.status;
}

async function audit(app: TestApp): Promise<string[]> {
  const { kv, now } = app.services;
  const { items } = await listAudit(kv, { limit: 50, now: now() });
  return items.map(({ who, what, target }) => `${who} ${what} ${target}`);
}

Deno.test("users: a reset password is shown once, works, and ends all sessions", async () => {
  await using it = await begin();
  const { app, root, ann, path } = it;
  assertEquals((await app.fetch("/api/me", ann)).status, 200);
  const response = await app.fetch(path, {
    cookie: root.cookie,
    form: { action: "reset_password" },
  });
  assertEquals(response.status, 200);
  assertMatch(response.headers.get("cache-control") ?? "", /no-store/);
  const html = await response.text();
  const password = /id="new-password">([^<]+)</.exec(html)![1]!;
  assertMatch(password, /^[a-z2-7]{5}(-[a-z2-7]{5}){3}$/);
  for (const secret of [{ cookie: ann.cookie }, { token: ann.token }]) {
    assertEquals((await app.fetch("/api/me", secret)).status, 401);
  }
  assertEquals(await logIn(app, "a password for tests"), 401);
  assertEquals(await logIn(app, password), 200);
  assert(!(await see(app, path, root.cookie)).includes(password));
  assertEquals(await audit(app), ["root user_reset_password ann"]);
});

Deno.test("users: sessions are listed, ended one by one, or all", async () => {
  await using it = await begin();
  const { app, root, ann, path } = it;
  const html = await see(app, path, root.cookie);
  const ids = [...html.matchAll(/name="session" value="([\da-f]{64})"/g)]
    .map((match) => match[1]!);
  assertEquals(ids.length, 2);
  const post = async (form: Record<string, string>) => {
    const response = await app.fetch(path, { cookie: root.cookie, form });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await post({ action: "revoke", session: ids[0]! }), 303);
  assertEquals(await post({ action: "revoke", session: ids[0]! }), 404);
  assertEquals(await post({ action: "revoke", session: "x" }), 404);
  const alive = await Promise.all(
    [{ cookie: ann.cookie }, { token: ann.token }].map(async (secret) =>
      (await app.fetch("/api/me", secret)).status
    ),
  );
  assertEquals(alive.toSorted(), [200, 401]);
  app.clock.now += 1_000;
  assertEquals(await post({ action: "revoke_all" }), 303);
  assertStringIncludes(
    await see(app, `${path}?done=revoke_all`, root.cookie),
    "Nobody is signed in as ann.",
  );
  assertEquals(await audit(app), [
    "root user_revoke_all ann",
    "root user_revoke ann",
  ]);
});

Deno.test("users: one's own password and second factor are not changed here", async () => {
  await using it = await begin();
  const { app, root, own } = it;
  for (const action of ["reset_password", "remove_factor"]) {
    const response = await app.fetch(own, {
      cookie: root.cookie,
      form: { action },
    });
    assertEquals(response.status, 409);
    assertStringIncludes(await response.text(), "on your profile");
  }
  assertEquals((await app.fetch("/api/me", root)).status, 200);
});

Deno.test("users: a user's page is for admins, and only of users there are", async () => {
  await using it = await begin();
  const { app, root, ann, path } = it;
  const form = { action: "reset_password" };
  const status = async (
    to: string,
    options: Parameters<TestApp["fetch"]>[1],
  ) => {
    const response = await app.fetch(to, options);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status(path, { cookie: ann.cookie }), 403);
  assertEquals(await status(path, { cookie: ann.cookie, form }), 403);
  assertEquals(await status(path, { form }), 303);
  assertEquals(
    await status(path, {
      cookie: root.cookie,
      form,
      headers: { origin: "https://evil.example" },
    }),
    403,
  );
  for (const id of ["nobody", "a%2Fb", "%00", "x".repeat(3_000)]) {
    assertEquals(await status(`/admin/users/${id}`, root), 404);
  }
  assertEquals(
    await status(path, { cookie: root.cookie, form: { action: "x" } }),
    400,
  );
  assertEquals(await logIn(app, "a password for tests"), 200);
});

Deno.test("users: what is done to users is in the audit trail", async () => {
  await using it = await begin();
  const { app, root, path } = it;
  const id = path.split("/").at(-1)!;
  const forms: Record<string, string>[] = [
    { action: "create", username: "bob", password: "a password for bob" },
    { action: "promote", id },
    { action: "disable", id },
  ];
  for (const form of forms) {
    const { cookie } = root;
    const response = await app.fetch("/admin/users", { cookie, form });
    assertEquals(response.status, 303);
    app.clock.now += 1_000;
  }
  assertEquals(await audit(app), [
    "root user_disable ann",
    "root user_promote ann",
    "root user_create bob",
  ]);
});
