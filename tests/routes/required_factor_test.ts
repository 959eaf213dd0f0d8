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
    env: { LOGIN_RATE_ANONYMOUS: "1/m", GEO_RATE: "1/m" },
  });
  const calls: [string, string, string][] = [
    ["/login", "application/x-www-form-urlencoded", "username=a&password=b"],
    ["/api/login", "application/json", '{"username":"a","password":"b"}'],
    ["/api/geo", "application/json", '{"ip":"8.8.8.8"}'],
  ];
  for (const [i, [path, type, body]] of calls.entries()) {
    const send = (body: BodyInit) =>
      app.fetch(path, {
        method: "POST",
        body,
        headers: { "content-type": type, origin: "http://localhost" },
        peer: `203.0.113.${i}`,
      });
    await (await send(body)).body?.cancel();
    let reads = 0;
    const unread = new ReadableStream({
      pull() {
        reads++;
        return new Promise(() => {});
      },
    }, { highWaterMark: 0 });
    const refused = await app.fetch(path, {
      method: "POST",
      body: unread,
      headers: { "content-type": type, origin: "http://localhost" },
      peer: `203.0.113.${i}`,
    });
    await refused.body?.cancel();
    assertEquals([refused.status, reads], [429, 0], path);
  }
});
