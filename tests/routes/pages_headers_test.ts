import { assert, assertEquals } from "@std/assert";
import { startApp } from "../_app.ts";

Deno.test("headers: every kind of response forbids inline scripts, framing and sniffing", async (t) => {
  await using app = await startApp({
    env: { PUBLIC_ORIGIN: "https://example.org", LOGIN_RATE_ANONYMOUS: "1/m" },
  });
  const { cookie: plain, token } = await app.signIn("root", "admin");
  const cookie = `__Host-${plain}`;
  await app.fetch("/api/blocked", { token, json: { ip: "203.0.113.9" } });
  const wrong = { username: "ann", password: "a wrong one" };
  const headers = { origin: "https://example.org" };
  const { error, warn, log } = console;
  console.error = console.warn = console.log = () => {};
  app.services.detect = () => Promise.reject(new Error("a bug"));
  const cases: [
    name: string,
    status: number,
    send: () => Promise<Response>,
  ][] = [
    ["page", 200, () => app.fetch("/")],
    ["page by HEAD", 200, () => app.fetch("/", { method: "HEAD" })],
    ["admin page", 200, () => app.fetch("/admin", { cookie })],
    [
      "partial",
      200,
      () => app.fetch("/admin/requests?fresh-partial=true", { cookie }),
    ],
    ["static file", 200, () => app.fetch("/styles.css")],
    [
      "static file by POST",
      405,
      () => app.fetch("/styles.css", { form: {}, headers }),
    ],
    ["redirect", 303, () => app.fetch("/admin")],
    ["unknown page", 404, () => app.fetch("/no/such")],
    [
      "unknown page of an admin",
      404,
      () => app.fetch("/admin/no/such", { cookie }),
    ],
    [
      "forged form",
      403,
      () =>
        app.fetch("/login", {
          form: wrong,
          headers: { origin: "https://evil.example" },
        }),
    ],
    ["wrong login", 401, () => app.fetch("/login", { form: wrong, headers })],
    ["limited page", 429, () => app.fetch("/login", { form: wrong, headers })],
    ["limited API", 429, () => app.fetch("/api/login", { json: wrong })],
    [
      "page that fails",
      500,
      () =>
        app.fetch("/admin/suspicious", {
          cookie,
          headers,
          form: { action: "detect" },
        }),
    ],
    [
      "API that fails",
      500,
      () => app.fetch("/api/detect", { json: {}, token }),
    ],
    ["API", 200, () => app.fetch("/api/me", { token })],
    ["API, 401", 401, () => app.fetch("/api/me")],
    ["API, 404", 404, () => app.fetch("/api/no/such")],
    ["blocked page", 403, () => app.fetch("/", { peer: "203.0.113.9" })],
    ["blocked API", 403, () => app.fetch("/api/me", { peer: "203.0.113.9" })],
    ["health", 200, () => app.fetch("/healthz")],
    ["metrics", 200, () => app.fetch("/metrics", { token })],
  ];
  try {
    for (const [name, status, send] of cases) {
      await t.step(name, async () => {
        const response = await send();
        const text = await response.text();
        assertEquals(response.status, status, text);
        const get = (field: string) => response.headers.get(field);
        const policy = get("content-security-policy") ?? "";
        assert(/default-src '(self|none)'/.test(policy), policy);
        assert(!/unsafe|\*|https?:/.test(policy), policy);
        assert(policy.includes("frame-ancestors 'none'"), policy);
        assert(!policy.includes("upgrade-insecure-requests"), policy);
        assertEquals(get("x-content-type-options"), "nosniff");
        // A blocked client gets no further information; the page has no links.
        if (!name.startsWith("blocked")) {
          assertEquals(get("x-frame-options"), "DENY");
          assert(
            /^(no-referrer|same-origin|strict-origin)/.test(
              get("referrer-policy") ?? "",
            ),
          );
          assert(get("strict-transport-security")?.startsWith("max-age="));
        }
        assertEquals(get("access-control-allow-origin"), null);
        assertEquals(get("x-powered-by"), null);
        assert(!text.includes("a bug"), "no cause of errors");
        const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
        for (const [tag] of text.matchAll(/<script\b[^>]*>/g)) {
          // Data, which no browser executes.
          if (tag.includes('type="application/json"')) continue;
          assert(
            / src="\//.test(tag) || nonce && tag.includes(`nonce="${nonce}"`),
            tag,
          );
        }
        if (name !== "blocked page") {
          assert(!/<style\b|\sstyle="|\son[a-z]+="/.test(text), text);
        }
      });
    }
  } finally {
    Object.assign(console, { error, warn, log });
  }
});

Deno.test("headers: HTTPS is asked for only where the site has it", async () => {
  await using app = await startApp();
  const response = await app.fetch("/");
  assertEquals(response.headers.get("strict-transport-security"), null);
  await response.body?.cancel();
});

Deno.test("headers: what belongs to a visitor is not kept by caches", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  for (
    const path of [
      "/",
      "/profile",
      "/logout",
      "/login",
      "/signup",
      "/admin",
      "/admin/requests",
      "/admin/suspicious",
      "/admin/blocked",
      "/admin/users",
      "/admin/health",
      "/admin/ip/203.0.113.9",
      "/api/me",
      "/api/requests",
      "/api/no/such",
    ]
  ) {
    const response = await app.fetch(
      path,
      path.startsWith("/api") ? { token } : { cookie },
    );
    await response.body?.cancel();
    const cached = response.headers.get("cache-control") ?? "";
    assert(/no-store|private/.test(cached), `${path}: ${cached}`);
  }
});

Deno.test("pages: malformed addresses and unknown methods get an answer, not an exception", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const { error, warn, log } = console;
  console.error = console.warn = console.log = () => {};
  try {
    for (
      const path of [
        "/%E0%A4%A",
        "/%",
        "/%00",
        "/admin/ip/%E0%A4%A",
        "/admin/ip/%00",
        "/admin/ip/banana",
        "/admin/ip/..%2f..",
        "/admin/ip/203.0.113.0%2F33",
        "/api/blocked/%E0%A4%A",
        "/api/suspicious/%E0%A4%A",
        `/${"x".repeat(8_000)}`,
        "/styles.css/",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/_fresh/js/../../../deno.json",
        "/_fresh/snapshot.js",
        "/.env",
        "/deno.json",
      ]
    ) {
      await t.step(path.slice(0, 60), async () => {
        const response = await app.fetch(path, { cookie });
        const text = await response.text();
        assert(
          [400, 404, 405].includes(response.status),
          `${response.status} ${text.slice(0, 200)}`,
        );
        assert(response.headers.has("content-security-policy"));
      });
    }
    for (const method of ["PROPFIND", "PUT", "DELETE", "PATCH", "BREW"]) {
      for (const path of ["/", "/login", "/no/such", "/admin", "/api/me"]) {
        await t.step(`${method} ${path}`, async () => {
          const response = await app.fetch(path, {
            method,
            cookie,
            headers: { origin: "http://localhost" },
          });
          await response.body?.cancel();
          assert(
            response.status >= 400 && response.status < 500 ||
              response.status === 501,
            `${response.status}`,
          );
        });
      }
    }
    // A component without a handler must not handle a POST like a GET.
    for (const path of ["/", "/admin/search", "/admin/health"]) {
      await t.step(`POST ${path}`, async () => {
        const response = await app.fetch(path, { cookie, form: {} });
        await response.body?.cancel();
        assert([404, 405].includes(response.status), `${response.status}`);
      });
    }
  } finally {
    Object.assign(console, { error, warn, log });
  }
});

Deno.test("headers: HSTS=subdomains asks for it below the site's name, too", async () => {
  for (
    const [hsts, expected] of [
      ["host", "max-age=31536000"],
      ["subdomains", "max-age=31536000; includeSubDomains"],
    ] as const
  ) {
    await using app = await startApp({
      env: { PUBLIC_ORIGIN: "https://example.org", HSTS: hsts },
    });
    for (const path of ["/", "/nowhere", "/api/me"]) {
      const { headers, body } = await app.fetch(path);
      await body?.cancel();
      assertEquals(headers.get("strict-transport-security"), expected, path);
    }
  }
});
