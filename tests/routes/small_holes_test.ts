/**
 * Past security gaps: the metrics for a rebound name, a forced block of everybody, known devices
 * after a password change, temporary passwords without an expiry.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createUser } from "../../lib/accounts/create_user.ts";
import { TEMPORARY_PASSWORD_MS } from "../../lib/accounts/login.ts";
import { resetPassword } from "../../lib/accounts/reset_password.ts";
import { startApp, type TestApp } from "../_app.ts";
import { startServer } from "../_server.ts";
import { json } from "./_api.ts";

const PASSWORD = "a password for tests";

Deno.test("The metrics are for loopback peers by a name that is this machine's", async (t) => {
  await using server = await startServer();
  const { port } = new URL(server.origin);
  const hosts: Record<string, number> = {
    "localhost": 200,
    [`localhost:${port}`]: 200,
    [`127.0.0.1:${port}`]: 200,
    "[::1]:8000": 200,
    "10.0.0.5:9090": 200,
    "evil.example": 403,
    "127.0.0.1.evil.example": 403,
    "localhost.evil.example": 403,
  };
  for (const [host, status] of Object.entries(hosts)) {
    await t.step(host, async () => {
      using conn = await Deno.connect({ port: Number(port) });
      const head = `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
      await conn.write(new TextEncoder().encode(head));
      const buffer = new Uint8Array(512);
      const size = await conn.read(buffer);
      const answer = new TextDecoder().decode(buffer.subarray(0, size ?? 0));
      assertEquals(answer.slice(9, 12), String(status));
    });
  }
});

Deno.test("A forced block of everybody ends by itself after a minute, by the API too, unless it is confirmed", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const post = async (ip: string) =>
    await json(
      await app.fetch("/api/blocked", { token, json: { ip, force: true } }),
      201,
    );
  const far = await post("203.0.113.9");
  assertEquals([far.expires_at, far.confirm], [null, undefined]);
  const all = await post("0.0.0.0/0");
  assertEquals(
    Date.parse(all.expires_at),
    app.clock.now + 60_000,
  );
  const { status } = await app.fetch("/api/me", { token });
  assertEquals(status, 403);
  // Only the session that ordered it may confirm it.
  const confirmed = await app.fetch(all.confirm, {
    token,
    form: { action: "confirm" },
  });
  await confirmed.body?.cancel();
  assert(confirmed.status < 400, `${confirmed.status}`);
  app.clock.now += 61_000;
  assertEquals((await app.fetch("/api/me", { token })).status, 403);
});

/** Logs in by the form; resolves to the cookies. */
async function logIn(
  app: TestApp,
  peer: string,
): Promise<Record<string, string>> {
  const answer = await app.fetch("/login", {
    form: { username: "ann", password: PASSWORD },
    peer,
  });
  assertEquals(answer.status, 303);
  return Object.fromEntries(
    answer.headers.getSetCookie().map((cookie) =>
      cookie.split(";", 1)[0]!.split("=", 2) as [string, string]
    ),
  );
}

Deno.test("Changing one's password forgets the other devices, keeps one's own and says so", async () => {
  await using app = await startApp({ env: { LOGIN_RATE_ANONYMOUS: "2/m" } });
  await createUser(app.services.accounts, {
    username: "ann",
    password: PASSWORD,
  });
  const [here, lost] = [
    await logIn(app, "203.0.113.1"),
    await logIn(app, "203.0.113.2"),
  ];
  const header = (cookies: Record<string, string>) =>
    Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
      .join("; ");
  const next = "another password for tests";
  const changed = await app.fetch("/profile", {
    cookie: header(here),
    form: { action: "password", current: PASSWORD, next },
  });
  assertEquals(changed.status, 303);
  const session = changed.headers.getSetCookie()[0]!.split(";", 1)[0]!;
  const page = await app.fetch("/profile?done=password", { cookie: session });
  assertStringIncludes(await page.text(), "other devices are no longer known");
  // Unknown clients have used up the limit of the address; a known device is not affected.
  const peer = "203.0.113.3";
  const tried = async (cookies: Record<string, string>) => {
    const device = Object.entries(cookies).find(([name]) =>
      name.includes("device")
    )!;
    const answer = await app.fetch("/login", {
      form: { username: "ann", password: next },
      cookie: device.join("="),
      peer,
    });
    await answer.body?.cancel();
    return answer.status;
  };
  for (let i = 0; i < 2; i++) {
    await app.fetch("/login", {
      form: { username: "ann", password: "wrong password" },
      peer,
    });
  }
  assertEquals([await tried(here), await tried(lost)], [303, 429]);
});

Deno.test("A temporary password that was not used for three days is wrong", async () => {
  await using app = await startApp();
  const { accounts } = app.services;
  const { id } = await createUser(accounts, {
    username: "ann",
    password: PASSWORD,
  });
  const { password } = await resetPassword(accounts, id);
  const tried = async () =>
    (await app.fetch("/api/login", { json: { username: "ann", password } }))
      .status;
  app.clock.now += TEMPORARY_PASSWORD_MS - 1;
  assertEquals(await tried(), 200);
  app.clock.now += 1;
  assertEquals(await tried(), 401);
});

Deno.test("Logging out has the browser forget what it keeps, but not the host's other app", async () => {
  for (
    const [env, expected] of [
      [{}, '"cache", "storage"'],
      [{ BASE_PATH: "/portcullis" }, '"cache"'],
    ] as const
  ) {
    await using app = await startApp({ env });
    const { cookie } = await app.signIn("ann");
    const answer = await app.fetch("/logout", { cookie, form: {} });
    assertEquals(answer.headers.get("clear-site-data"), expected);
  }
});
