import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp, type TestApp } from "../_app.ts";
import { record, store } from "./_api.ts";

const HOUR = 3_600_000;
/** An attacker's text in every field that the log shows. */
const HOSTILE = [
  `"><img src=x onerror=alert(1)>`,
  `'><svg onload=alert(1)>`,
  `</script><script>alert(1)</script>`,
  `</title></textarea></style><script>alert(1)</script>`,
  `" onmouseover="alert(1)" x="`,
  `' onmouseover='alert(1)' x='`,
  `javascript:alert(1)`,
  `data:text/html,<script>alert(1)</script>`,
  `<!--<script>`,
  `{{constructor.constructor('alert(1)')()}}`,
  "\u2028<script>alert(1)</script>",
  "\u202e<b>gnp.exe</b>",
  "\ud800<b>alone</b>",
  "\x1b[2J\x00\x07<b>\r\nSet-Cookie: a=b</b>",
];

/** Checks that a page neither executes nor renders as markup anything of {@linkcode HOSTILE}. */
function assertInert(html: string): void {
  for (
    const sign of [
      /<img src=x/i,
      /<svg onload/i,
      /<script>alert/i,
      /<!--<script>/i,
      /<b>(gnp|alone|\s*Set-Cookie)/i,
      /(href|src|action|formaction|xlink:href)="?\s*(javascript|data):/i,
    ]
  ) {
    const found = sign.exec(html);
    assert(!found, `${sign} in …${around(html, found?.index ?? 0)}…`);
  }
  // Texts have no unescaped quotes, so that everything between two is an attribute's value.
  const bare = html.replace(/<script\b[\s\S]*?<\/script>/g, "")
    .replace(/"[^"]*"/g, '""');
  const handler = /<[a-z][^<>]*\son[a-z]+\s*=/i.exec(bare);
  assert(!handler, handler?.[0]);
}

function around(html: string, at: number): string {
  return html.slice(Math.max(0, at - 120), at + 120);
}

async function hostileApp(): Promise<TestApp> {
  const app = await startApp();
  const records = HOSTILE.flatMap((text, n) =>
    // Enough of each for findings and for the first place in the top lists.
    Array.from({ length: n === 0 ? 120 : 12 }, (_, i) =>
      record({
        timestamp: app.clock.now - HOUR + 1_000 * n + i + 1,
        ip_address: `203.0.113.${n}`,
        path: `/${text}`,
        method: n % 2 === 0 ? "GET" : "POST",
        status: n % 3 === 0 ? 404 : 401,
        user_agent: text,
        referrer: text,
        username: text,
        city: text,
        country_code: "DE",
      }))
  );
  await store(app, records);
  const { token } = await app.signIn("setter", "admin");
  for (const [n, reason] of HOSTILE.entries()) {
    const response = await app.fetch("/api/blocked", {
      token,
      json: { ip: `203.0.113.${n}`, reason },
    });
    await response.body?.cancel();
    assert([201, 422].includes(response.status), `${response.status}`);
  }
  await app.services.detect({});
  return app;
}

Deno.test("injection: what visitors sent shows inert on every admin page", async (t) => {
  await using app = await hostileApp();
  const { cookie } = await app.signIn("root", "admin");
  const paths = [
    "/admin",
    "/admin?range=1h",
    "/admin?range=7d",
    "/admin/requests",
    "/admin/requests?limit=500",
    "/admin/suspicious",
    "/admin/suspicious?view=all",
    "/admin/suspicious?view=resolved",
    "/admin/blocked",
    "/admin/users",
    "/admin/health",
    "/profile",
    "/admin/ip/203.0.113.0%2F24",
    ...HOSTILE.map((_, n) => `/admin/ip/203.0.113.${n}`),
  ];
  let shown = "";
  for (const path of paths) {
    await t.step(path, async () => {
      const response = await app.fetch(path, { cookie });
      const html = await response.text();
      assertEquals(response.status, 200, html.slice(0, 500));
      assertInert(html);
      shown += html;
    });
  }
  // It is shown, and not merely left out.
  assertStringIncludes(shown, "&lt;img src=x onerror=alert(1)>");
});

Deno.test("injection: what stands in an address shows inert", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (const text of HOSTILE) {
    const value = encodeURIComponent(text.toWellFormed());
    for (
      const path of [
        `/?done=${value}`,
        `/no/such/${value}`,
        `/login?next=/${value}`,
        `/login?next=${value}`,
        `/signup?username=${value}`,
        `/setup?token=${value}`,
        `/profile?done=${value}`,
        `/admin?range=${value}`,
        `/admin/requests?ip=${value}`,
        `/admin/requests?path=${value}&username=${value}&country=${value}`,
        `/admin/requests?since=${value}&until=${value}&status=${value}`,
        `/admin/requests?outcome=${value}&cursor=${value}&limit=${value}`,
        `/admin/suspicious?view=${value}&cursor=${value}`,
        `/admin/suspicious?done=${value}&flagged=${value}&examined=${value}`,
        `/admin/blocked?search=${value}&done=${value}`,
        `/admin/blocked?cursor=${value}`,
        `/admin/users?done=${value}&cursor=${value}`,
        `/admin/ip/${value}`,
        `/admin/ip/203.0.113.9?done=${value}`,
      ]
    ) {
      await t.step(path.slice(0, 80), async () => {
        const response = await app.fetch(path, { cookie });
        const html = await response.text();
        assert(response.status < 500, `${response.status}`);
        assertInert(html);
      });
    }
  }
});

Deno.test("injection: what is typed into a form comes back inert", async (t) => {
  await using app = await startApp({
    env: { SIGNUP_RATE: "1000/m", LOGIN_RATE_ANONYMOUS: "1000/m" },
  });
  const { cookie } = await app.signIn("root", "admin");
  for (const text of HOSTILE) {
    const cases: [path: string, form: Record<string, string>][] = [
      ["/login", { username: text, password: text }],
      ["/signup", { username: text, password: "a pass phrase" }],
      ["/admin/blocked", {
        action: "block",
        ip: text,
        reason: text,
        for: text,
      }],
      ["/admin/blocked", { action: text, ip: text }],
      ["/admin/users", { action: "create", username: text, password: "x" }],
      ["/admin/suspicious", { action: text, id: text }],
    ];
    for (const [path, form] of cases) {
      await t.step(`${path} ${JSON.stringify(text).slice(0, 40)}`, async () => {
        const response = await app.fetch(path, { cookie, form });
        const html = await response.text();
        assert(response.status < 500, `${response.status}`);
        assertInert(html);
      });
    }
  }
});

Deno.test("injection: a header's line break cannot be smuggled into ours", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (
    const path of [
      "/admin/%0d%0aset-cookie:%20a=b",
      "/profile?x=%0d%0aset-cookie:%20a=b",
    ]
  ) {
    const response = await app.fetch(path);
    assertEquals(response.headers.getSetCookie(), []);
    assert(!/[\r\n]/.test(response.headers.get("location") ?? ""));
  }
  const done = await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "unblock\r\nset-cookie: a=b", ip: "203.0.113.9" },
  });
  assertEquals(done.headers.getSetCookie(), []);
});
