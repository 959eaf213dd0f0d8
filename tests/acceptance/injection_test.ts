import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { setRole } from "../../lib/accounts/change_user.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { csvLine } from "../../lib/base/csv.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { logLine } from "../../lib/base/log_line.ts";
import { startApp, type TestApp, type TestRequest } from "../_app.ts";
import { nextPath } from "../../lib/http/next_path.ts";
import { runTask, temporaryKvPath } from "../_server.ts";
import { record, store } from "../log/_records.ts";

const PASSWORD = "a password for tests";

async function send(app: TestApp, path: string, options?: TestRequest) {
  const response = await app.fetch(path, options);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

/** The console output while `run` runs. */
async function consoleLines(run: () => unknown): Promise<string[]> {
  const real = console.error;
  const lines: string[] = [];
  console.error = (...args: unknown[]) => lines.push(args.join(" "));
  try {
    await run();
  } finally {
    console.error = real;
  }
  return lines;
}

/** Headers that prove nothing, or of requests from another site. */
const UNPROVEN: Record<string, string>[] = [
  { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
  { "sec-fetch-site": "same-site", origin: "http://other.localhost" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "none", origin: "https://evil.example" },
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "http://localhost.evil.example" },
  { origin: "http://localhost:81" },
  { referer: "https://evil.example/http://localhost/" },
  {},
];

Deno.test("nothing changes by a POST without a proof of same origin, and never by GET", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const forms: [string, Record<string, string>][] = [
    ["/login", { username: "root", password: PASSWORD }],
    ["/signup", { username: "mallory", password: PASSWORD }],
    ["/logout", {}],
    ["/profile", { action: "sign_out_everywhere" }],
    ["/admin/blocked", { action: "block", ip: "203.0.113.9" }],
    ["/admin/blocked", { action: "allow", ip: "203.0.113.9" }],
    ["/admin/ip/203.0.113.9", { action: "block", ip: "203.0.113.9" }],
    ["/admin/suspicious", { action: "detect" }],
    ["/admin/users", { action: "disable", id: "x" }],
    ["/nowhere", { a: "b" }],
  ];
  for (const [path, form] of forms) {
    await t.step(`POST ${path} ${form.action ?? ""}`, async () => {
      for (const headers of UNPROVEN) {
        const { status } = await send(app, path, {
          cookie,
          method: "POST",
          headers: {
            "content-type": "application/x-www-form-urlencoded",
            ...headers,
          },
          body: new URLSearchParams(form).toString(),
        });
        assertEquals(status, 403, JSON.stringify(headers));
      }
      const query = new URLSearchParams(form);
      const { status } = await send(app, `${path}?${query}`, { cookie });
      assert(status < 500);
    });
  }
  assertEquals((await send(app, "/api/me", { cookie })).status, 200);
  assertEquals(app.services.lists.sizes, { blocked: 0, safe: 0 });
  assertEquals((await send(app, "/", { peer: "203.0.113.9" })).status, 200);
});

Deno.test("the API takes no form's body and no browser's word from another site", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (
    const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/plain; application/json",
    ]
  ) {
    const { status } = await send(app, "/api/blocked", {
      cookie,
      method: "POST",
      headers: { "content-type": type },
      body: '{"ip":"203.0.113.9"}',
    });
    assertEquals(status, 415, type);
  }
  for (const headers of UNPROVEN.slice(0, -2)) {
    const { status } = await send(app, "/api/blocked", {
      cookie,
      headers,
      json: { ip: "203.0.113.9" },
    });
    assertEquals(status, 403, JSON.stringify(headers));
  }
  const preflight = await send(app, "/api/blocked", {
    method: "OPTIONS",
    headers: {
      origin: "https://evil.example",
      "access-control-request-method": "POST",
    },
  });
  assertEquals(preflight.headers.get("access-control-allow-origin"), null);
  assertEquals(app.services.lists.sizes.blocked, 0);
});

Deno.test("behind a proxy that ends TLS a form counts by PUBLIC_ORIGIN", async () => {
  await using app = await startApp({
    env: { PUBLIC_ORIGIN: "https://example.org" },
  });
  await app.signIn("ann");
  const login = (headers: Record<string, string>) =>
    send(app, "/login", {
      form: { username: "ann", password: PASSWORD },
      headers,
    });
  const ours = await login({ origin: "https://example.org" });
  assertEquals(ours.status, 303);
  assertMatch(ours.headers.get("set-cookie") ?? "", /^__Host-.*Secure/);
  for (
    const origin of [
      "https://example.org.evil.example",
      "http://example.org",
      "https://example.org:444",
      "https://evil.example",
    ]
  ) assertEquals((await login({ origin })).status, 403, origin);
});

Deno.test("?next= leads to a path here or home", async (t) => {
  await using app = await startApp();
  await app.signIn("ann");
  let logins = 0;
  for (
    const [next, expected] of [
      ["/profile", "/profile"],
      [
        "/admin/requests?ip=1.2.3.4&status=4xx",
        "/admin/requests?ip=1.2.3.4&status=4xx",
      ],
      ["//evil.example", "/"],
      ["/\\evil.example", "/"],
      ["\\\\evil.example", "/"],
      ["/%5Cevil.example", "/"],
      ["/\t/evil.example", "/"],
      ["/%09/evil.example", "/"],
      ["/%0d%0aset-cookie:a=b", "/"],
      ["/.//evil.example", "/"],
      ["/a/..//evil.example", "/"],
      ["/%2e%2e//evil.example", "/"],
      ["/%2F%2Fevil.example", "/"],
      ["javascript:alert(1)", "/"],
      ["https:evil.example", "/"],
      ["https://evil.example", "/"],
      ["profile", "/"],
      ["", "/"],
      ["/" + "a".repeat(5_000), "/"],
    ] as const
  ) {
    assertEquals(nextPath(next), expected, next);
    // The page is requested as often as the limit allows.
    if (!["/profile", "//evil.example", "/.//evil.example"].includes(next)) {
      continue;
    }
    logins++;
    await t.step(JSON.stringify(next.slice(0, 40)), async () => {
      const { status, headers } = await send(
        app,
        `/login?next=${encodeURIComponent(next)}`,
        { form: { username: "ann", password: PASSWORD } },
      );
      assertEquals(status, 303);
      const location = headers.get("location")!;
      assertEquals(location, expected);
      assertEquals(new URL(location, "http://a/").host, "a");
    });
  }
  assertEquals(logins, 3);
});

Deno.test("each admin route refuses a user, and a demoted admin's next request", async () => {
  await using app = await startApp();
  const user = await app.signIn("ann");
  await app.signIn("root", "admin");
  const second = await app.signIn("second", "admin");
  const pages = [
    "/admin",
    "/admin/requests",
    "/admin/blocked",
    "/admin/blocked/confirm?token=x",
    "/admin/suspicious",
    "/admin/users",
    "/admin/health",
    "/admin/ip/1.2.3.4",
  ];
  const calls: [string, TestRequest][] = [
    ["/api/requests", {}],
    ["/api/blocked", {}],
    ["/api/blocked", { json: { ip: "203.0.113.9" } }],
    ["/api/blocked/203.0.113.9", { method: "DELETE" }],
    ["/api/suspicious", {}],
    ["/api/suspicious/x", { method: "PATCH", json: { is_active: false } }],
    ["/api/detect", { json: {} }],
    ["/api/stats", {}],
  ];
  const lines = await consoleLines(async () => {
    for (const path of pages) {
      const { status } = await send(app, path, { cookie: user.cookie });
      assertEquals(status, 403, path);
      const form = await send(app, path, {
        cookie: user.cookie,
        form: { action: "block", ip: "203.0.113.9" },
      });
      assertEquals(form.status, 403, `POST ${path}`);
    }
    for (const [path, options] of calls) {
      const { status } = await send(app, path, {
        ...options,
        token: user.token,
      });
      assertEquals(status, 403, path);
    }
  });
  assertEquals(
    lines.filter((line) => line.includes("authz_fail")).length,
    2 * pages.length + calls.length,
  );
  assertEquals(app.services.lists.sizes.blocked, 0);

  assertEquals((await send(app, "/admin", second)).status, 200);
  const { accounts } = app.services;
  const found = await findUserByName(accounts, "second");
  await setRole(accounts, found!.id, "user");
  // A change of role ends all earlier sessions.
  assertEquals((await send(app, "/admin", second)).status, 303);
  assertEquals(
    (await send(app, "/api/stats", { token: second.token })).status,
    401,
  );
});

const MARKUP = `"><img src=x onerror=alert(1)></script><script>alert(2)//`;

function hostileRecord(now: number, path: string): RequestRecord {
  return record({
    timestamp: now - 1_000,
    ip_address: "203.0.113.9",
    path,
    city: MARKUP,
    user_agent: MARKUP,
    referrer: `https://x/${MARKUP}`,
    username: MARKUP,
    method: `<b>${MARKUP}`.slice(0, 16),
  });
}

Deno.test("what visitors send is inert on every page, and the policy holds there", async (t) => {
  await using app = await startApp();
  const { kv } = app.services;
  const now = () => app.clock.now;
  const { cookie } = await app.signIn("root", "admin");
  await store(
    kv,
    now,
    Array.from(
      { length: 150 },
      (_, i) => hostileRecord(app.clock.now, `/${i % 3}/${MARKUP}`),
    ),
  );
  await consoleLines(() => app.services.detect({}));
  const { changes } = await blockIp(kv, now, {
    ip: "203.0.113.0/24",
    reason: MARKUP,
    created_by: MARKUP,
  });
  app.services.lists.applyLocal(changes);
  const hostile = { cookie, headers: { "x-forwarded-for": MARKUP } };
  const echoed = encodeURIComponent(MARKUP);
  for (
    const [path, options] of [
      ["/admin", hostile],
      ["/admin/requests", hostile],
      [`/admin/requests?path=${echoed}`, hostile],
      [`/admin/requests?country=${echoed}`, hostile],
      ["/admin/ip/203.0.113.9", hostile],
      ["/admin/ip/203.0.113.0%2F24", hostile],
      [`/admin/ip/${echoed}`, hostile],
      ["/admin/blocked", hostile],
      [`/admin/blocked?search=${echoed}`, hostile],
      [`/admin/blocked?done=${echoed}`, hostile],
      ["/admin/suspicious?view=all", hostile],
      ["/admin/users", hostile],
      ["/admin/health", hostile],
      [`/nowhere/${echoed}`, hostile],
      [`/login?next=${echoed}`, {}],
      ["/login", { form: { username: MARKUP, password: "x" } }],
      ["/signup", { form: { username: MARKUP, password: PASSWORD } }],
      ["/admin/blocked", {
        cookie,
        form: { action: "block", ip: MARKUP, reason: MARKUP, for: MARKUP },
      }],
      ["/admin/blocked", {
        cookie,
        form: { action: "preview", ip: "203.0.113.9" },
      }],
    ] as [string, TestRequest][]
  ) {
    await t.step(decodeURIComponent(path).slice(0, 40), async () => {
      const { text, headers } = await send(app, path, options);
      assertStringIncludes(headers.get("content-type") ?? "", "text/html");
      assert(!text.includes("<img src=x"), "markup of a visitor");
      assert(!text.includes("</script><script>alert"), "script of a visitor");
      assertEquals(text.match(/\son[a-z]+="/gi), null, "inline handlers");
      assertEquals(text.match(/\sstyle="/gi), null, "inline styles");
      const nonce = /'nonce-([^']+)'/.exec(
        headers.get("content-security-policy") ?? "",
      )?.[1];
      for (const [tag] of text.matchAll(/<script\b[^>]*>/gi)) {
        // Data of islands: no browser executes it.
        if (/ type="application\/json"/.test(tag)) continue;
        assert(
          nonce && tag.includes(`nonce="${nonce}"`) ||
            /src="\/(?!\/)/.test(tag),
          tag,
        );
      }
    });
  }
  const list = await send(app, "/api/requests", { cookie });
  assertEquals(JSON.parse(list.text).items.length, 50);
  assertStringIncludes(list.headers.get("content-type")!, "application/json");
  assertEquals(list.headers.get("x-content-type-options"), "nosniff");
});

Deno.test("no source of ours writes raw HTML", async () => {
  const root = new URL("../../", import.meta.url);
  const raw =
    /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/;
  async function look(folder: URL): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const url = new URL(isDirectory ? `${name}/` : name, folder);
      if (isDirectory) await look(url);
      else if (/\.tsx?$/.test(name)) {
        assert(!raw.test(await Deno.readTextFile(url)), url.pathname);
      }
    }
  }
  for (const folder of ["routes/", "components/", "middlewares/"]) {
    await look(new URL(folder, root));
  }
  await look(new URL("islands/", root)).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
});

Deno.test("every response has a policy without unsafe-inline, and a nonce of its own", async (t) => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const user = await app.signIn("ann");
  await send(app, "/api/blocked", { token, json: { ip: "203.0.113.9" } });
  const rows: [string, TestRequest, number][] = [
    ["/", {}, 200],
    ["/styles.css", {}, 200],
    ["/robots.txt", {}, 200],
    ["/healthz", {}, 200],
    ["/metrics", { token }, 200],
    ["/admin", {}, 303],
    ["/api/me", {}, 401],
    ["/api/me", { token }, 200],
    ["/admin", { cookie: user.cookie }, 403],
    ["/nowhere", {}, 404],
    ["/api/nowhere", {}, 404],
    ["/admin/ip/%E0%A4%A", { cookie }, 404],
    ["/admin/requests?status=x", { cookie }, 400],
    ["/login", { form: { username: "a", password: "b" } }, 401],
    ["/login", {
      method: "POST",
      headers: { origin: "http://localhost" },
      body: "x",
    }, 415],
    ["/styles.css", { form: { a: "b" } }, 405],
    ["/", { peer: "203.0.113.9" }, 403],
    ["/api/me", { peer: "203.0.113.9" }, 403],
    ["/", { method: "HEAD" }, 200],
  ];
  const nonces = new Set<string>();
  for (const [path, options, expected] of rows) {
    await t.step(`${options.method ?? ""} ${path} ${expected}`, async () => {
      const { status, headers, text } = await send(app, path, options);
      if (path.includes("%E0")) assert([400, 404].includes(status));
      else assertEquals(status, expected, text);
      const policy = headers.get("content-security-policy") ?? "";
      assertMatch(policy, /default-src '(self|none)'/);
      assertStringIncludes(policy, "frame-ancestors 'none'");
      assert(!/unsafe|\*|https?:/.test(policy), policy);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
      if (nonce) {
        assert(!nonces.has(nonce), "a nonce is used once");
        nonces.add(nonce);
      }
    });
  }
});

Deno.test("what is logged is one escaped line, and tasks print no control bytes", async () => {
  const hostile = "/a\r\nforged: line\x1b[2J\x00\u202e\u2028\x9b";
  const lines = await consoleLines(() =>
    logLine("warn", "authz_fail", { path: hostile })
  );
  assertEquals(lines.length, 1);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f-\x9f\u2028\u202e]/.test(lines[0]!));
  assertStringIncludes(JSON.parse(lines[0]!).path, "forged: line\\x1b[2J");

  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  try {
    const env = { KV_PATH: kvPath };
    const reason = "\x1b]0;owned\x07\x1b[2J\u202enobody\r\nforged";
    const blocked = await runTask(
      "block-ip",
      ["203.0.113.9", "--reason", reason],
      { env },
    );
    assertEquals(blocked.code, 0, blocked.stderr);
    for (
      const [name, args] of [
        ["list-blocked", []],
        ["check-ip", ["203.0.113.9"]],
        ["check-ip", [reason]],
        ["block-ip", [reason]],
      ] as const
    ) {
      const { stdout, stderr } = await runTask(name, [...args], { env });
      // deno-lint-ignore no-control-regex
      const controls = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/;
      assert(!controls.test(stdout), `${name}: ${JSON.stringify(stdout)}`);
      assert(!controls.test(stderr), `${name}: ${JSON.stringify(stderr)}`);
      assert(!/^forged/m.test(stdout + stderr), `${name} forged a line`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cells that a spreadsheet would run are made text", () => {
  for (
    const [cell, expected] of [
      ["=1+1", "'=1+1"],
      ["+1", "'+1"],
      ["-2+3", "'-2+3"],
      ["@SUM(1)", "'@SUM(1)"],
      ["\t=1", "'\t=1"],
      ["\0=1", "'\\x00=1"],
      ["\r=1", `"'\r=1"`],
      ["\n=1", `"'\n=1"`],
      ["/=cmd|' /C calc'!A0", "/=cmd|' /C calc'!A0"],
      ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
      ['say "hi"', '"say ""hi"""'],
      ["a,b", '"a,b"'],
    ] as const
  ) assertEquals(csvLine([cell]), `${expected}\r\n`, JSON.stringify(cell));
  assertEquals(csvLine([-5, null, true]), "-5,,true\r\n", "numbers stay");
});

Deno.test("exports of hostile requests hold no formula", async () => {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  try {
    {
      using kv = await Deno.openKv(kvPath);
      const now = Date.now();
      await store(kv, () => now, [
        record({
          timestamp: now - 1,
          path: "/=cmd|' /C calc'!A0",
          user_agent: '=HYPERLINK("http://evil.example","x")',
          referrer: "+1",
          username: "-2+3",
          city: "@x",
        }),
      ]);
    }
    const { code, stdout, stderr } = await runTask(
      "export",
      ["requests", "--format", "csv"],
      { env: { KV_PATH: kvPath } },
    );
    assertEquals(code, 0, stderr);
    for (const cell of ["'+1", "'-2+3", "'@x", `"'=HYPERLINK(""http`]) {
      assertStringIncludes(stdout, cell);
    }
    assertEquals(stdout.match(/(^|,)"?[=+@]/gm), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("query values, credentials, cookies and passwords reach neither log nor store", async () => {
  await using app = await startApp();
  const { kv } = app.services;
  const SECRET = "S3CR3T";
  const lines = await consoleLines(async () => {
    for (const path of ["/", "/nowhere", "/admin", "/api/me", "/api/geo"]) {
      await send(app, `${path}?token=${SECRET}#${SECRET}`, {
        headers: {
          authorization: `Bearer ${SECRET}${"A".repeat(37)}`,
          cookie: `portcullis=${SECRET}; other=${SECRET}`,
          referer: `https://user:${SECRET}@x.example/p?q=${SECRET}#${SECRET}`,
          "proxy-authorization": SECRET,
          "x-api-key": SECRET,
        },
      });
    }
    for (const path of ["/login", "/signup"]) {
      await send(app, path, {
        form: { username: `${SECRET} typed here`, password: SECRET },
      });
    }
    for (const path of ["/api/login", "/api/signup"]) {
      await send(app, path, {
        json: { username: `${SECRET} typed here`, password: SECRET },
      });
    }
    await app.services.log.flush();
  });
  assert(!lines.join("\n").includes(SECRET), lines.join("\n"));
  let rows = 0;
  for await (const { key, value } of kv.list({ prefix: [] })) {
    rows++;
    const text = JSON.stringify([key, value]);
    assert(!text.includes(SECRET), text.slice(0, 500));
  }
  assert(rows > 3, "something was stored");
  const { items } = await pageRequests(
    kv,
    { limit: 100 },
    () => app.clock.now,
  );
  assertEquals(items.length, 9);
  assertEquals(items.at(-1)!.referrer, "https://x.example/p");
});

Deno.test("logged strings are cut by bytes and never inside a character", async () => {
  await using app = await startApp();
  const wide = "é😀".repeat(500);
  await send(app, `/${encodeURIComponent(wide)}`, {
    headers: {
      "user-agent": "é".repeat(500),
      referer: `https://x.example/${"é".repeat(500)}`,
    },
  });
  await app.services.log.flush();
  const { items } = await pageRequests(
    app.services.kv,
    { limit: 10 },
    () => app.clock.now,
  );
  const bytes = (text: string | null) => new TextEncoder().encode(text!).length;
  const long = items.find((item) => item.user_agent !== null)!;
  assert(bytes(long.path) <= 512 && bytes(long.path) > 500);
  assert(bytes(long.user_agent) <= 256 && bytes(long.user_agent) > 250);
  assert(bytes(long.referrer) <= 256 && bytes(long.referrer) > 250);
  for (const text of [long.path, long.user_agent!, long.referrer!]) {
    assert(text.isWellFormed());
  }
});
