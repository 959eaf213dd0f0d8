import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { startApp, type TestApp } from "../_app.ts";

const OWN = "a pass phrase of her own";

/** An app where an admin has reset the password of `ann`. */
async function begin() {
  const app = await startApp({ env: { LOGIN_RATE_ANONYMOUS: "1000/m" } });
  const { accounts } = app.services;
  const { cookie } = await app.signIn("root", "admin");
  const { id } = await createUser(accounts, {
    username: "ann",
    password: "the password before",
  });
  const reset = await app.fetch(`/admin/users/${id}`, {
    cookie,
    form: { action: "reset_password" },
  });
  const html = await reset.text();
  assertStringIncludes(html, "to be changed at the next login");
  const given = /<code class="secret"[^>]*>([^<]+)</.exec(html)!;
  return { app, cookie, id, given: given[1]! };
}

async function logIn(app: TestApp, password: string, next = "/profile") {
  const response = await app.fetch(`/login?next=${encodeURIComponent(next)}`, {
    form: { username: "ann", password },
  });
  assertEquals(response.status, 303);
  const cookie = /^portcullis=[^;]+/.exec(
    response.headers.getSetCookie().find((c) => c.startsWith("portcullis="))!,
  )![0];
  return { cookie, to: response.headers.get("location") };
}

Deno.test("temporary password: every page leads to changing it, and nothing is done before", async () => {
  const { app, given } = await begin();
  await using _ = app;
  const { cookie, to } = await logIn(app, given);
  assertEquals(to, "/profile");
  for (const path of ["/", "/profile", "/profile/second-factor", "/nowhere"]) {
    const response = await app.fetch(path, { cookie });
    assertEquals(response.status, 303, path);
    assert(
      response.headers.get("location")!.startsWith("/profile/password"),
      path,
    );
  }
  const forms: [string, Record<string, string>][] = [
    ["/profile", { action: "forget", device: "x" }],
    ["/profile", { action: "password", current: given, next: OWN }],
    ["/profile/second-factor", { action: "begin" }],
    ["/profile/password/x", { current: given, next: OWN }],
  ];
  for (const [path, form] of forms) {
    const response = await app.fetch(path, { cookie, form });
    assertEquals(response.headers.get("location"), "/profile/password");
  }
  const page = await app.fetch("/profile/password?next=%2Fprofile", { cookie });
  assertEquals(page.status, 200);
  assertStringIncludes(
    await page.text(),
    "Your current password was set by an admin",
  );
  assertEquals((await app.fetch("/logout", { cookie })).status, 200);
});

Deno.test("temporary password: changed, everything works, and by the new one only", async () => {
  const { app, given, id } = await begin();
  await using _ = app;
  const { cookie } = await logIn(app, given);
  const change = (form: Record<string, string>) =>
    app.fetch("/profile/password?next=%2Fprofile", { cookie, form });
  const refused: [Record<string, string>, string][] = [
    [{ current: given, next: given }, "Choose a password other"],
    [{ current: "wrong", next: OWN }, "not your current password"],
    [{ current: given, next: "short" }, "8"],
  ];
  for (const [form, words] of refused) {
    const response = await change(form);
    assertEquals(response.status, 422);
    assertStringIncludes(await response.text(), words);
  }
  const done = await change({ current: given, next: OWN });
  assertEquals(done.status, 303);
  assertEquals(done.headers.get("location"), "/profile");
  const fresh = /^portcullis=[^;]+/.exec(done.headers.getSetCookie()[0]!)![0];
  assertEquals((await app.fetch("/profile", { cookie: fresh })).status, 200);
  assertEquals((await app.fetch("/profile", { cookie })).status, 303);
  const user = (await findUserByName(app.services.accounts, "ann"))!;
  assertEquals([user.id, user.must_change_password], [id, false]);
  const again = await app.fetch("/login", {
    form: { username: "ann", password: given },
  });
  assertEquals(again.status, 401);
});

Deno.test("temporary password: the API refuses by a type of its own until it is changed", async () => {
  const { app, given } = await begin();
  await using _ = app;
  const login = await app.fetch("/api/login", {
    json: { username: "ann", password: given },
  });
  const { token, user } = await login.json();
  assertEquals(user.must_change_password, true);
  for (const path of ["/api/geo", "/api/requests", "/api/nothing"]) {
    const response = await app.fetch(path, { token });
    const { type, status } = await response.json();
    assertEquals(response.status, 403, path);
    assertEquals(status, 403);
    assertEquals(type, "urn:portcullis:password-change-required");
  }
  const me = await app.fetch("/api/me", { token });
  assertEquals((await me.json()).must_change_password, true);
  const changed = await app.fetch("/api/password", {
    token,
    json: { current: given, next: OWN },
  });
  assertEquals(changed.status, 200);
  const answer = await changed.json();
  assertEquals(answer.user.must_change_password, undefined);
  assertEquals((await app.fetch("/api/me", { token })).status, 401);
  const geo = await app.fetch("/api/geo", { token: answer.token });
  assert(geo.status !== 403);
});

Deno.test("temporary password: one that an admin typed for a new account may be, too", async () => {
  const { app, cookie } = await begin();
  await using _ = app;
  const create = (username: string, more: Record<string, string>) =>
    app.fetch("/admin/users", {
      cookie,
      form: {
        action: "create",
        username,
        password: OWN,
        role: "user",
        ...more,
      },
    });
  await create("bob", { temporary: "1" });
  await create("eve", {});
  const { accounts } = app.services;
  const must = async (name: string) =>
    (await findUserByName(accounts, name))!.must_change_password ?? false;
  assertEquals([await must("bob"), await must("eve")], [true, false]);
});
