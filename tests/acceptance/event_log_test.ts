import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";

const ADMIN = { username: "ann", password: "correct horse battery" };

// deno-lint-ignore no-explicit-any -- Lines have different fields.
type Line = any;

async function api(
  origin: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Line> {
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, ...(text ? JSON.parse(text) : {}) };
}

Deno.test("the log tells of start, logins, refusals, blocks, admins and the end, and no secret", async () => {
  const server = await startServer({
    env: {
      GEO_PROVIDER: "off",
      TRUSTED_PROXIES: "127.0.0.1",
      PRIVACY_IP: "truncated",
      ADMIN_USERNAME: ADMIN.username,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_RATE: "1/h",
    },
  });
  let lines: Line[];
  let token: string;
  try {
    const from = (ip: string) => ({ "x-forwarded-for": ip });
    await api(server.origin, "/api/login", {
      ...ADMIN,
      password: "wr0ng-secret",
    }, from("203.0.113.9"));
    const login = await api(
      server.origin,
      "/api/login",
      ADMIN,
      from("203.0.113.77"),
    );
    token = login.token;
    const admin = { authorization: `Bearer ${token}`, ...from("203.0.113.77") };
    for (const username of ["bob", "carl"]) {
      await api(server.origin, "/api/signup", {
        username,
        password: "a long enough one 7",
      }, from("203.0.113.10"));
    }
    await api(server.origin, "/api/blocked", {
      ip: "198.51.100.66",
      reason: "scans\r\nforged",
    }, admin);
    await api(server.origin, "/api/blocked", { ip: "nonsense" }, admin);
    const form = await fetch(`${server.origin}/login`, {
      method: "POST",
      body: new URLSearchParams({ username: "x", password: "y" }),
      headers: { origin: "https://evil.example", ...from("203.0.113.11") },
    });
    await form.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 200));
  } finally {
    await server.stop();
    await server[Symbol.asyncDispose]();
    lines = server.errors().trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
  }
  const of = (event: string) => lines.filter((line) => line.event === event);
  for (
    const event of [
      "sys_startup",
      "user_created",
      "authn_login_fail",
      "authn_login_success",
      "authn_token_created",
      "excess_rate_limit_exceeded",
      "access_blocked",
      "authz_admin",
      "input_validation_fail",
      "malicious_cors",
      "sys_shutdown",
    ]
  ) assert(of(event).length > 0, `${event} is not among ${server.errors()}`);
  assertEquals(of("access_blocked")[0].target, "198.51.100.66");
  assertEquals(of("access_blocked")[0].by, "ann");
  assertEquals(of("excess_rate_limit_exceeded")[0].policy, "signup");
  assertEquals(of("authn_login_success")[0].ip_address, "203.0.113.0");
  const all = server.errors();
  for (
    const secret of [token, ADMIN.password, "wr0ng-secret", "203.0.113.77"]
  ) {
    assert(!all.includes(secret), secret);
  }
});
