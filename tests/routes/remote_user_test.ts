import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findUserByName } from "../../lib/accounts/users.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { createPortcullis } from "../../lib/app/portcullis.ts";
import { ConfigError, parseConfig } from "../../lib/settings/config.ts";
import { PASSWORD, startApp, type TestApp } from "../_app.ts";

const PROXY = "10.0.0.9";
const ENV = {
  TRUSTED_PROXIES: "10.0.0.0/8",
  REMOTE_USER_HEADER: "X-Remote-User",
};
const WITH_ROLES = { ...ENV, REMOTE_ROLES_HEADER: "x-remote-groups" };

/** A request as forwarded by the proxy. */
function by(
  app: TestApp,
  path: string,
  user: string | null,
  { groups, ...more }: Parameters<TestApp["fetch"]>[1] & { groups?: string } =
    {},
) {
  return app.fetch(path, {
    peer: PROXY,
    ...more,
    headers: {
      "x-forwarded-for": "198.51.100.7",
      ...user === null ? {} : { "x-remote-user": user },
      ...groups === undefined ? {} : { "x-remote-groups": groups },
      ...more.headers,
    },
  });
}

const meOf = async (response: Response) =>
  await response.json() as { username: string; role: string; source?: string };

Deno.test("a trusted proxy's word makes an account without a password, and is told in People and audit", async () => {
  await using app = await startApp({ env: ENV });
  const first = await by(app, "/api/me", "maria@example.org");
  assertEquals(first.status, 200);
  const me = await meOf(first);
  assertEquals([me.username, me.role, me.source], [
    "maria@example.org",
    "user",
    "proxy",
  ]);
  const again = await meOf(await by(app, "/api/me", "MARIA@example.org"));
  assertEquals(again.username, "maria@example.org");

  const root = await app.signIn("root", "admin");
  const people = await (await app.fetch("/admin/users", {
    cookie: root.cookie,
  })).text();
  assertStringIncludes(people, "maria@example.org");
  assertStringIncludes(people, "by proxy");
  const { items } = await listAudit(app.services.kv, {
    limit: 50,
    now: app.clock.now,
    filter: { what: "user_create" },
  });
  assertEquals(items.map(({ who, target, from }) => [who, target, from]), [
    ["auto:proxy", "maria@example.org", "198.51.100.7"],
  ]);
});

Deno.test("the field counts from trusted peers only, whatever else they claim", async () => {
  await using app = await startApp({ env: WITH_ROLES });
  for (
    const headers of [
      {},
      { "x-forwarded-for": PROXY },
      { forwarded: `for=${PROXY}` },
      { "x-real-ip": PROXY },
    ] as Record<string, string>[]
  ) {
    const response = await by(app, "/api/me", "maria", {
      peer: "203.0.113.5",
      groups: "portcullis-admin",
      headers,
    });
    assertEquals(response.status, 401, JSON.stringify(headers));
    await response.body?.cancel();
  }
  assertEquals(await findUserByName(app.services.accounts, "maria"), null);
  const page = await by(app, "/admin", "maria", { peer: "203.0.113.5" });
  assertEquals(page.status, 303);
  assertEquals(page.headers.get("location"), "/login?next=%2Fadmin");
});

Deno.test("names that are none, or two, sign nobody in and say why", async (t) => {
  await using app = await startApp({ env: ENV });
  const odd = [
    "maria, root",
    "maria,maria",
    "a b",
    "<script>",
    "../root",
    "ROOT\u00e9",
    "\u00ff",
    "x".repeat(65),
    "x".repeat(5_000),
    "-maria",
    "EXAMPLE\\maria",
    '"maria"',
    "maria=",
  ];
  for (const name of odd) {
    await t.step(JSON.stringify(name.slice(0, 40)), async () => {
      const response = await by(app, "/api/me", name);
      assertEquals(response.status, 403);
      const { detail } = await response.json();
      assertStringIncludes(detail, "the proxy in front of this site".slice(4));
      const page = await by(app, "/admin", name);
      assertEquals(page.status, 403);
      await page.body?.cancel();
      const home = await by(app, "/", name);
      assertEquals(home.status, 200);
      assertStringIncludes(await home.text(), "not logged in");
    });
  }
  await t.step("a field that came twice", async () => {
    const headers = new Headers({ "x-remote-user": "maria" });
    headers.append("x-remote-user", "root");
    const response = await by(app, "/api/me", null, {
      headers: Object.fromEntries(headers),
    });
    assertEquals(response.status, 403);
    await response.body?.cancel();
  });
});

Deno.test("names come as UTF-8, and an empty field is nobody", async () => {
  await using app = await startApp({ env: ENV });
  const bytes = new TextEncoder().encode("jürgen");
  const response = await by(
    app,
    "/api/me",
    String.fromCharCode(...bytes),
  );
  assertEquals((await meOf(response)).username, "jürgen");
  for (const empty of ["", "  "]) {
    const nobody = await by(app, "/api/me", empty);
    assertEquals(nobody.status, 401);
    await nobody.body?.cancel();
  }
});

Deno.test("an account with a password is not taken over by its name", async () => {
  await using app = await startApp({ env: WITH_ROLES });
  const root = await app.signIn("root", "admin");
  for (const name of ["root", "ROOT", "r00t"]) {
    const response = await by(app, "/admin", name, {
      groups: "portcullis-admin",
    });
    assertEquals(response.status, 403, name);
    await response.body?.cancel();
  }
  // Nor can the password form override the proxy's user.
  const login = await by(app, "/login", "root");
  assertEquals(login.status, 403);
  assertStringIncludes(await login.text(), "is called root already");
  // The account itself works as before, without the proxy or with its token.
  const own = await app.fetch("/admin", { cookie: root.cookie });
  assertEquals(own.status, 200);
  await own.body?.cancel();
  const token = await by(app, "/api/me", "maria", { token: root.token });
  assertEquals((await meOf(token)).username, "root");
});

Deno.test("the password of nobody opens a proxy's account", async () => {
  await using app = await startApp({ env: ENV });
  await (await by(app, "/api/me", "maria")).body?.cancel();
  for (const password of ["", PASSWORD]) {
    const response = await app.fetch("/api/login", {
      json: { username: "maria", password },
    });
    assert([401, 422].includes(response.status), String(response.status));
    await response.body?.cancel();
  }
});

Deno.test("roles come with each request, as ADMIN_ROLES reads them, and are not changed here", async () => {
  await using app = await startApp({
    env: { ...WITH_ROLES, ADMIN_ROLES: "ops, Wheel" },
  });
  const statusFor = async (groups: string) => {
    app.clock.now += 1_000;
    const response = await by(app, "/admin", "maria", { groups });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await statusFor("dev,ops"), 200);
  assertEquals(await statusFor("dev"), 403);
  assertEquals(await statusFor("dev|Wheel"), 200);
  assertEquals(await statusFor("wheel"), 403);
  assertEquals(await statusFor(""), 403);
  assertEquals(await statusFor("cn=ops"), 403);
  assertEquals(await statusFor("ops; dev"), 200);
  const { items } = await listAudit(app.services.kv, {
    limit: 50,
    now: app.clock.now,
    filter: { who: "auto:proxy" },
  });
  assertEquals(items.map(({ what }) => what).reverse(), [
    "user_create",
    "user_demote",
    "user_promote",
    "user_demote",
    "user_promote",
  ]);

  const root = await app.signIn("root", "admin");
  const maria = await findUserByName(app.services.accounts, "maria");
  for (const action of ["promote", "demote"]) {
    const response = await app.fetch("/admin/users", {
      cookie: root.cookie,
      form: { action, id: maria!.id },
    });
    assertEquals(response.status, 409);
    assertStringIncludes(await response.text(), "is changed there");
  }
});

Deno.test("without a field for roles an admin makes admins", async () => {
  await using app = await startApp({ env: ENV });
  await (await by(app, "/api/me", "maria")).body?.cancel();
  const root = await app.signIn("root", "admin");
  const maria = await findUserByName(app.services.accounts, "maria");
  const promoted = await app.fetch("/admin/users", {
    cookie: root.cookie,
    form: { action: "promote", id: maria!.id },
  });
  assertEquals(promoted.status, 303);
  const admin = await by(app, "/admin", "maria");
  assertEquals(admin.status, 200);
  await admin.body?.cancel();
});

Deno.test("a disabled account stays out, and the last admin with a password cannot go", async () => {
  await using app = await startApp({ env: WITH_ROLES });
  const asAdmin = { groups: "portcullis-admin" };
  await (await by(app, "/admin", "maria", asAdmin)).body?.cancel();
  const root = await app.signIn("root", "admin");
  const { accounts } = app.services;
  const change = async (name: string, action: string, cookie: string) => {
    const { id } = (await findUserByName(accounts, name))!;
    const response = await app.fetch("/admin/users", {
      cookie,
      form: { action, id },
    });
    await response.body?.cancel();
    return response.status;
  };
  const { id } = (await findUserByName(accounts, "root"))!;
  const demoted = await by(app, "/admin/users", "maria", {
    ...asAdmin,
    form: { action: "demote", id },
  });
  assertEquals(demoted.status, 409);
  assertStringIncludes(await demoted.text(), "last active admin");

  assertEquals(await change("maria", "disable", root.cookie), 303);
  const out = await by(app, "/admin", "maria", asAdmin);
  assertEquals(out.status, 403);
  assertStringIncludes(await out.text(), "Your account is disabled here.");
});

Deno.test("what is about passwords is not for whom a proxy vouches for", async (t) => {
  await using app = await startApp({
    env: { ...ENV, REQUIRE_2FA: "all" },
  });
  for (const path of ["/profile/password", "/profile/second-factor"]) {
    await t.step(path, async () => {
      const response = await by(app, path, "maria");
      assertEquals(response.status, 403);
      assertStringIncludes(await response.text(), "has no password here");
    });
  }
  await t.step("POST /api/password", async () => {
    const response = await by(app, "/api/password", "maria", {
      json: { current: PASSWORD, next: `${PASSWORD}!` },
    });
    assertEquals(response.status, 403);
    await response.body?.cancel();
  });
  await t.step("POST /profile", async () => {
    for (const action of ["password", "revoke", "forget", "delete"]) {
      const response = await by(app, "/profile", "maria", {
        form: { action, password: "", session: "x", device: "x" },
      });
      assertEquals(response.status, 403);
      await response.body?.cancel();
    }
  });
  await t.step("the profile says who is asked", async () => {
    const response = await by(app, "/profile", "maria");
    assertEquals(response.status, 200);
    const html = await response.text();
    assertStringIncludes(html, "the proxy in front of this site");
    assert(!/type="password"/.test(html));
  });
  await t.step("signing up is closed, as a page and by the API", async () => {
    for (
      const options of [
        {},
        { form: { username: "maria", password: PASSWORD } },
      ]
    ) {
      const response = await app.fetch("/signup", options);
      assertEquals(response.status, 403);
      assertStringIncludes(await response.text(), "Accounts are not made here");
    }
    const api = await app.fetch("/api/signup", {
      json: { username: "maria", password: PASSWORD },
    });
    assertEquals(api.status, 403);
    await api.body?.cancel();
    const home = await (await app.fetch("/")).text();
    assert(!home.includes('href="/signup"'));
  });
  await t.step("an admin cannot give the account a password", async () => {
    const root = await app.signIn("root2", "admin");
    // No second factor is required of a token's owner here except by REQUIRE_2FA.
    app.services.config.require2fa = "off";
    const { id } = (await findUserByName(app.services.accounts, "maria"))!;
    const response = await app.fetch(`/admin/users/${id}`, {
      cookie: root.cookie,
      form: { action: "reset_password" },
    });
    assertEquals(response.status, 409);
    await response.body?.cancel();
  });
});

Deno.test("logging out leads to where the proxy logs out, and says so where that is not known", async () => {
  await using app = await startApp({
    env: { ...ENV, REMOTE_LOGOUT_URL: "/oauth2/sign_out" },
  });
  const form = { form: {}, headers: { origin: "http://localhost" } };
  const posted = await by(app, "/logout", "maria", form);
  assertEquals(posted.status, 303);
  assertEquals(posted.headers.get("location"), "/logout?done=proxy");
  const page = await by(app, "/logout?done=proxy", "maria");
  assertEquals(
    page.headers.get("refresh"),
    "0; url=http://localhost/oauth2/sign_out",
  );
  await page.body?.cancel();
  const api = await by(app, "/api/logout", "maria", { method: "POST" });
  assertEquals(api.status, 409);
  await api.body?.cancel();

  await using other = await startApp({ env: ENV });
  const told = await by(other, "/logout", "maria");
  assertStringIncludes(await told.text(), "until you log out there");
});

Deno.test("a form of another site changes nothing in a proxy's user's name", async () => {
  await using app = await startApp({ env: WITH_ROLES });
  for (
    const headers of [
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
    ] as Record<string, string>[]
  ) {
    const response = await by(app, "/admin/users", "maria", {
      groups: "portcullis-admin",
      form: { action: "create", username: "eve", password: PASSWORD },
      headers,
    });
    assertEquals(response.status, 403);
    await response.body?.cancel();
  }
  assertEquals(await findUserByName(app.services.accounts, "eve"), null);
});

Deno.test("the request log has the name that the proxy said", async () => {
  await using app = await startApp({ env: ENV });
  await (await by(app, "/", "maria")).body?.cancel();
  await (await by(app, "/", "eve", { peer: "203.0.113.5" })).body?.cancel();
  await app.services.log.flush();
  const root = await app.signIn("root", "admin");
  const { items } = await (await app.fetch("/api/requests", {
    token: root.token,
  })).json();
  assertEquals(
    items.map((item: { username: string | null }) => item.username).sort(),
    [null, "maria"].sort(),
  );
});

Deno.test("ten first requests at once make one account", async () => {
  await using app = await startApp({ env: ENV });
  const names = await Promise.all(
    Array.from(
      { length: 10 },
      async () => (await meOf(await by(app, "/api/me", "maria"))).username,
    ),
  );
  assertEquals(new Set(names), new Set(["maria"]));
  const { items } = await listAudit(app.services.kv, {
    limit: 50,
    now: app.clock.now,
    filter: { what: "user_create" },
  });
  assertEquals(items.length, 1);
});

Deno.test("REMOTE_USER_HEADER without TRUSTED_PROXIES, or with a field that says something else, ends the start", () => {
  const bad: [Record<string, string>, string][] = [
    [{ REMOTE_USER_HEADER: "x-remote-user" }, "TRUSTED_PROXIES is not set"],
    [{ ...ENV, REMOTE_USER_HEADER: "cookie" }, "REMOTE_USER_HEADER is"],
    [{ ...ENV, REMOTE_USER_HEADER: "Authorization" }, "REMOTE_USER_HEADER is"],
    [{ ...ENV, REMOTE_USER_HEADER: "x_remote_user" }, "REMOTE_USER_HEADER is"],
    [
      { ...ENV, REMOTE_ROLES_HEADER: "x-remote-user" },
      "REMOTE_USER_HEADER is",
    ],
    [
      { ...ENV, CLIENT_IP_HEADER: "x-remote-user" },
      "REMOTE_USER_HEADER is",
    ],
  ];
  for (const [env, message] of bad) {
    try {
      parseConfig(env);
    } catch (error) {
      assert(error instanceof ConfigError);
      assertStringIncludes(error.message, message);
      continue;
    }
    throw new Error(`taken: ${JSON.stringify(env)}`);
  }
  // As an option of an embedding app, too.
  try {
    createPortcullis(
      { kv: ":memory:", remoteUserHeader: "x-remote-user" },
      () => Promise.reject(new Error("not opened")),
    );
  } catch (error) {
    assertStringIncludes((error as Error).message, "TRUSTED_PROXIES");
    return;
  }
  throw new Error("taken as an option");
});
