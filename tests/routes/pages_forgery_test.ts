import { assert, assertEquals } from "@std/assert";
import { startApp, type TestApp } from "../_app.ts";

const ANN = { username: "ann", password: "a pass phrase" };
const FORMS: [path: string, form: Record<string, string>][] = [
  ["/signup", { username: "bob", password: "a pass phrase" }],
  ["/login", ANN],
  ["/logout", {}],
  ["/profile", { action: "password", current: "x", next: "y" }],
  ["/admin/blocked", { action: "block", ip: "203.0.113.9" }],
  ["/admin/blocked", { action: "unblock", ip: "203.0.113.1" }],
  ["/admin/blocked", { action: "allow", ip: "203.0.113.9" }],
  ["/admin/ip/203.0.113.9", { action: "block", ip: "203.0.113.9" }],
  ["/admin/suspicious", { action: "detect" }],
  ["/admin/users", { action: "create", ...ANN, role: "admin" }],
];
const FORGED: Record<string, string>[] = [
  // Neither field: Fresh's own csrf() lets this pass.
  {},
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "http://localhost.evil.example" },
  { origin: "http://localhost:81" },
  { origin: "https://localhost" },
  { origin: "localhost" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
  { "sec-fetch-site": "none", origin: "https://evil.example" },
  { referer: "https://evil.example/http://localhost/" },
  { origin: "https://evil.example", referer: "http://localhost/login" },
];

function post(
  app: TestApp,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string>,
  cookie?: string,
): Promise<Response> {
  // Without the test app's own Origin.
  return app.fetch(path, {
    method: "POST",
    body: new URLSearchParams(form).toString(),
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    },
    cookie,
  });
}

Deno.test("forgery: a form that another site sends is 403 and changes nothing", async (t) => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  await app.fetch("/api/blocked", { token, json: { ip: "203.0.113.1" } });
  for (const [path, form] of FORMS) {
    for (const headers of FORGED) {
      const name = `${path} ${form.action ?? ""} ${JSON.stringify(headers)}`;
      await t.step(name, async () => {
        const response = await post(app, path, form, headers, cookie);
        const text = await response.text();
        assertEquals(response.status, 403, text);
        assertEquals(response.headers.getSetCookie(), []);
      });
    }
  }
  const blocked = await app.fetch("/api/blocked", { token });
  const { items } = await blocked.json();
  assertEquals(
    items.map(({ ip_address }: { ip_address: string }) => ip_address),
    ["203.0.113.1"],
  );
  assertEquals((await app.fetch("/profile", { cookie })).status, 200);
});

Deno.test("forgery: a form of ours passes, with or without Sec-Fetch-Site", async () => {
  await using app = await startApp();
  await app.fetch("/signup", { form: ANN });
  for (
    const headers of [
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "same-origin", origin: "http://localhost" },
      { origin: "http://localhost" },
      { referer: "http://localhost/login" },
    ] as Record<string, string>[]
  ) {
    const { status } = await post(app, "/login", ANN, headers);
    assertEquals(status, 303, JSON.stringify(headers));
  }
});

Deno.test("forgery: behind a proxy that ends TLS, PUBLIC_ORIGIN is the origin that forms come from", async () => {
  await using app = await startApp({
    env: { PUBLIC_ORIGIN: "https://example.org" },
  });
  await app.fetch("/signup", {
    form: ANN,
    headers: { origin: "https://example.org" },
  });
  const passes = await post(app, "/login", ANN, {
    origin: "https://example.org",
  });
  assertEquals(passes.status, 303);
  const cookies = passes.headers.getSetCookie();
  assert(cookies.length > 0);
  for (const cookie of cookies) assert(cookie.includes("Secure"), cookie);
  for (
    const origin of [
      "http://example.org",
      "https://example.org:8443",
      "https://example.org.evil.example",
      "https://www.example.org",
    ]
  ) {
    assertEquals((await post(app, "/login", ANN, { origin })).status, 403);
  }
});

Deno.test("forgery: no GET changes anything, whatever its query says", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  for (const [path, form] of FORMS) {
    const response = await app.fetch(`${path}?${new URLSearchParams(form)}`, {
      cookie,
    });
    // Form fields are not URL parameters of a page.
    assert(response.status <= 400, `${path} ${response.status}`);
    await response.body?.cancel();
  }
  assertEquals(app.services.lists.sizes, { blocked: 0, safe: 0 });
  assertEquals((await app.fetch("/api/me", { token })).status, 200);
  assertEquals((await app.fetch("/profile", { cookie })).status, 200);
  assertEquals((await app.fetch("/login", { form: ANN })).status, 401);
});

Deno.test("forms: a body that is no form is 415, one that is too large 413", async () => {
  await using app = await startApp();
  const headers = { origin: "http://localhost" };
  for (const path of ["/login", "/signup"]) {
    const wrong = await app.fetch(path, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(ANN),
    });
    assertEquals(wrong.status, 415);
    const large = await app.fetch(path, {
      form: { ...ANN, password: "x".repeat(70_000) },
    });
    assertEquals(large.status, 413);
  }
});
