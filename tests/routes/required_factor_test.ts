import { assert, assertEquals } from "@std/assert";
import { beginTotp, enableTotp } from "../../lib/accounts/second_factor.ts";
import { createSession } from "../../lib/accounts/sessions.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { startApp } from "../_app.ts";

Deno.test("REQUIRE_2FA: who has no second factor sets one up before anything else", async (t) => {
  for (
    const [mode, asked] of [
      ["off", []],
      ["admins", ["root"]],
      ["all", ["root", "ann"]],
    ] as const
  ) {
    await t.step(mode, async () => {
      await using app = await startApp({ env: { REQUIRE_2FA: mode } });
      const people = {
        root: await app.signIn("root", "admin"),
        ann: await app.signIn("ann"),
      };
      for (const [name, { cookie, token }] of Object.entries(people)) {
        const isAsked = (asked as readonly string[]).includes(name);
        const page = await app.fetch("/profile", { cookie });
        await page.body?.cancel();
        assertEquals(page.status, isAsked ? 303 : 200, name);
        if (isAsked) {
          assertEquals(
            page.headers.get("location"),
            "/profile/second-factor",
          );
        }
        const call = await app.fetch("/api/me/data", { token });
        await call.body?.cancel();
        assertEquals(call.status, isAsked ? 403 : 200, name);
        for (const path of ["/profile/second-factor", "/logout"]) {
          const free = await app.fetch(path, { cookie });
          await free.body?.cancel();
          assertEquals(free.status, 200, path);
        }
      }
      if (mode === "off") return;
      const list = await app.fetch("/api/requests", {
        token: people.root.token,
      });
      const problem = await list.json();
      assertEquals(problem.type, "urn:portcullis:second-factor-required");

      const { accounts } = app.services;
      const { id } = (await findUserByName(accounts, "root"))!;
      const secret = await beginTotp(accounts, id);
      const code = totpCode(secret, Math.floor(app.clock.now / 30_000));
      const enabled = await enableTotp(accounts, id, code);
      assert(enabled);
      const { secret: token } = await createSession(accounts, enabled.user, {
        kind: "api",
        ip_address: "198.51.100.7",
        user_agent: null,
      });
      const after = await app.fetch("/api/requests", { token });
      await after.body?.cancel();
      assertEquals(after.status, 200);
    });
  }
});

Deno.test("Limits are asked before a body is read", async () => {
  await using app = await startApp({
    env: {
      LOGIN_RATE_ANONYMOUS: "1/m",
      LOGIN_RATE_AUTHENTICATED: "1/m",
      SIGNUP_RATE: "1/m",
      GEO_RATE: "1/m",
    },
  });
  const ann = await app.signIn("ann");
  const bob = await app.signIn("bob");
  const eve = await app.signIn("eve");
  const FORM = "application/x-www-form-urlencoded";
  const JSON_TYPE = "application/json";
  const login = "username=anna&password=a+long+password";
  const asJson = '{"username":"annb","password":"a long password"}';
  const wrong = "action=password&current=x&next=another+long+one";
  const calls: [
    path: string,
    type: string,
    body: string,
    who?: { cookie?: string; token?: string },
  ][] = [
    ["/login", FORM, login],
    ["/api/login", JSON_TYPE, asJson],
    ["/signup", FORM, login],
    ["/api/signup", JSON_TYPE, asJson],
    ["/api/geo", JSON_TYPE, '{"ip":"8.8.8.8"}'],
    ["/profile", FORM, wrong, { cookie: ann.cookie }],
    ["/profile/password", FORM, "current=x&next=another+long+one", {
      cookie: bob.cookie,
    }],
    [
      "/api/password",
      JSON_TYPE,
      '{"current":"x","next":"another long one"}',
      eve,
    ],
    // Its user has used it up above.
    ["/profile/second-factor", FORM, wrong, { cookie: ann.cookie }],
  ];
  for (const [i, [path, type, body, who]] of calls.entries()) {
    const send = (body: BodyInit) =>
      app.fetch(path, {
        method: "POST",
        body,
        cookie: who?.cookie,
        headers: { "content-type": type, origin: "http://localhost" },
        peer: `203.0.113.${i}`,
      });
    await (await send(body)).body?.cancel();
    const { body: unread, reads } = unreadable();
    const refused = await send(unread);
    await refused.body?.cancel();
    assertEquals([refused.status, reads()], [429, 0], path);
  }
});

Deno.test("No body is read of who has no login under way, or where an admin exists", async () => {
  await using app = await startApp();
  await app.signIn("root", "admin");
  for (
    const [path, status] of [
      ["/login/code", 401],
      ["/setup", 403],
      ["/profile", 303],
      ["/profile/password", 303],
      ["/api/password", 401],
      ["/api/detect", 401],
      ["/api/blocked", 401],
      ["/admin/blocked", 303],
    ] as const
  ) {
    const { body, reads } = unreadable();
    const refused = await app.fetch(path, {
      method: "POST",
      body,
      headers: {
        "content-type": path.startsWith("/api/")
          ? "application/json"
          : "application/x-www-form-urlencoded",
        origin: "http://localhost",
      },
    });
    await refused.body?.cancel();
    assertEquals([refused.status, reads()], [status, 0], path);
  }
});

/** A body that never arrives, and the number of reads. */
function unreadable() {
  let reads = 0;
  const body = new ReadableStream({
    pull() {
      reads++;
      return new Promise(() => {});
    },
  }, { highWaterMark: 0 });
  return { body, reads: () => reads };
}
