import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { breakableKv } from "../_breakable_kv.ts";
import { logged } from "./_api.ts";

/** Runs without the server's output about errors of its own. */
async function quietly(run: () => Promise<void>): Promise<void> {
  const { error, warn, log } = console;
  console.error = console.warn = console.log = () => {};
  try {
    await run();
  } finally {
    Object.assign(console, { error, warn, log });
  }
}

Deno.test("request log: every kind of answer is recorded, with its true status, outcome and user", async () => {
  await using app = await startApp();
  const admin = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  const wrong = { username: "ann", password: "a wrong one" };
  const steps: [() => Promise<Response>, string][] = [
    [() => app.fetch("/"), "GET / 200 allowed -"],
    [() => app.fetch("/?secret=1"), "GET / 200 allowed -"],
    // Some parsers would read it as the path's end, others not.
    [() => app.fetch("/?secret=1#x"), "GET / 400 allowed -"],
    [
      () => app.fetch("/", { cookie: ann.cookie }),
      "GET / 200 allowed ann",
    ],
    [
      () => app.fetch("/api/me", { token: ann.token }),
      "GET /api/me 200 allowed ann",
    ],
    [() => app.fetch("/", { method: "HEAD" }), "HEAD / 200 allowed -"],
    [() => app.fetch("/admin"), "GET /admin 303 allowed -"],
    [
      () => app.fetch("/admin", { cookie: ann.cookie }),
      "GET /admin 403 allowed ann",
    ],
    [
      () => app.fetch("/admin", { cookie: admin.cookie }),
      "GET /admin 200 allowed root",
    ],
    [() => app.fetch("/api/me"), "GET /api/me 401 allowed -"],
    [() => app.fetch("/no/such"), "GET /no/such 404 allowed -"],
    [
      () => app.fetch("/styles.css", { method: "POST", form: {} }),
      "POST /styles.css 405 allowed -",
    ],
    [
      () => app.fetch("/login", { form: wrong }),
      "POST /login 401 allowed -",
    ],
    [
      () => app.fetch("/api/login", { json: {} }),
      "POST /api/login 422 allowed -",
    ],
    [
      () => app.fetch("/login", { body: "x=1", headers: { "origin": "x" } }),
      "POST /login 403 allowed -",
    ],
    [
      () => app.fetch("/logout", { form: {}, cookie: ann.cookie }),
      "POST /logout 303 allowed ann",
    ],
  ];
  await quietly(async () => {
    for (const [send] of steps) await (await send()).body?.cancel();
  });
  assertEquals(await logged(app), steps.map(([, line]) => line));
});

Deno.test("request log: refusals of the blocklist and of limits are recorded as such", async () => {
  await using app = await startApp({ env: { LOGIN_RATE_ANONYMOUS: "1/m" } });
  const { token } = await app.signIn("root", "admin");
  await app.fetch("/api/blocked", { json: { ip: "203.0.113.9" }, token });
  await app.fetch("/admin?x=1", { peer: "203.0.113.9" });
  await app.fetch("/no/such", { peer: "203.0.113.9", method: "HEAD" });
  const wrong = { username: "ann", password: "a wrong one" };
  await quietly(async () => {
    await app.fetch("/api/login", { json: wrong });
    await app.fetch("/api/login", { json: wrong });
    await app.fetch("/login", { form: wrong });
  });
  assertEquals((await logged(app)).slice(1), [
    "GET /admin 403 blocked -",
    "HEAD /no/such 403 blocked -",
    "POST /api/login 401 allowed -",
    "POST /api/login 429 limited -",
    "POST /login 429 limited -",
  ]);
});

Deno.test("request log: errors of ours are recorded, too: 500 and 503", async () => {
  using real = await Deno.openKv(":memory:");
  const store = breakableKv(real);
  await using app = await startApp({ kv: store.kv });
  const { token } = await app.signIn("root", "admin");
  app.services.detect = () => Promise.reject(new Error("a bug"));
  await quietly(async () => {
    await app.fetch("/api/detect", { json: {}, token });
    store.mode = "throw";
    await app.fetch("/api/me", { token });
    await app.fetch("/login", { form: { username: "a", password: "b" } });
    store.mode = "ok";
  });
  // The log's own writes failed meanwhile and are retried.
  while (app.services.log.status().waiting > 0) await app.services.log.flush();
  assertEquals(await logged(app), [
    "POST /api/detect 500 allowed root",
    "GET /api/me 503 allowed -",
    "POST /login 503 allowed -",
  ]);
});

Deno.test("request log: /healthz, /metrics and static files are left out, errors on them are not", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (const path of ["/healthz", "/metrics", "/styles.css"]) {
    for (const method of ["GET", "HEAD"]) {
      const response = await app.fetch(path, { method, token });
      assertEquals(response.status, 200, path);
      await response.body?.cancel();
    }
  }
  const home = await (await app.fetch("/")).text();
  for (const [, path] of home.matchAll(/(?:src|href)="(\/_fresh\/[^"]+)"/g)) {
    const response = await app.fetch(path!);
    assertEquals(response.status, 200, path);
    await response.body?.cancel();
  }
  await app.fetch("/_fresh/js/none/none.js");
  assertEquals(await logged(app), [
    "GET / 200 allowed -",
    "GET /_fresh/js/none/none.js 404 allowed -",
  ]);
});

Deno.test("/metrics answers loopback peers and admins only", async () => {
  await using app = await startApp({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
  const admin = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  const status = async (options: Parameters<typeof app.fetch>[1]) => {
    const response = await app.fetch("/metrics", options);
    await response.body?.cancel();
    return response.status;
  };
  await quietly(async () => {
    assertEquals(await status({}), 403);
    assertEquals(await status({ token: ann.token }), 403);
    // A client behind a proxy on this machine is not a loopback peer.
    const headers = { "x-forwarded-for": "203.0.113.9" };
    assertEquals(await status({ peer: "127.0.0.1", headers }), 403);
    // Nor is one behind a proxy that is not configured.
    assertEquals(await status({ peer: "::1", headers }), 403);
  });
  assertEquals(await status({ token: admin.token }), 200);
  assertEquals(await status({ peer: "127.0.0.1" }), 200);
  assertEquals(await status({ peer: "::1" }), 200);
  assertEquals(await status({ peer: "::ffff:127.0.0.1" }), 200);
  const text = await (await app.fetch("/metrics", { peer: "::1" })).text();
  assertStringIncludes(
    text,
    "# TYPE portcullis_requests_total counter\n",
  );
  for (const line of text.trimEnd().split("\n")) {
    assert(
      /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? -?[\d.e+-]+)$/.test(line),
      line,
    );
  }
});

Deno.test("/healthz is 503 with the reason while KV fails, and recovers by itself", async () => {
  using real = await Deno.openKv(":memory:");
  const store = breakableKv(real);
  await using app = await startApp({ kv: store.kv });
  const health = async () => {
    const response = await app.fetch("/healthz");
    return [response.status, await response.json()];
  };
  assertEquals(await health(), [200, { status: "ok" }]);
  store.mode = "throw";
  const [status, body] = await health();
  assertEquals(status, 503);
  assert(body.status !== "ok");
  assertStringIncludes(JSON.stringify(body), "disk I/O error");
  store.mode = "ok";
  assertEquals(await health(), [200, { status: "ok" }]);
});

Deno.test("request log: what a visitor sends is cut, and secrets are left out", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  await app.fetch(`/${"ł".repeat(600)}?password=hunter2`, {
    headers: {
      "user-agent": "\u00ff".repeat(500),
      referer: "https://u:hunter2@example.org/x?token=hunter2#hunter2",
      authorization: "Basic aHVudGVyMg==",
    },
  });
  await app.services.log.flush();
  const response = await app.fetch("/api/requests", { token });
  const text = await response.text();
  const { items: [item] } = JSON.parse(text);
  const bytes = (field: string) => new TextEncoder().encode(field).length;
  assert(bytes(item.path) <= 512);
  assert(bytes(item.user_agent) <= 256);
  assertEquals(item.referrer, "https://example.org/x");
  assert(!/hunter2|aHVudGVyMg/.test(text), text);
});
