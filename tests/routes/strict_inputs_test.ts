/**
 * Unknown fields of a call are refused by name, and nothing is done: a field that is silently
 * dropped would make a block for an hour a permanent one.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { assertProblem, json } from "./_api.ts";

const IP = "203.0.113.9";

Deno.test("Every body with an unknown field is refused, the nearest known one is named", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const login = { username: "root", password: "a password for tests" };
  const table: [string, string, Record<string, unknown>, string?][] = [
    ["POST", "/api/blocked", { ip: IP, duration: "1h" }, "for"],
    ["POST", "/api/blocked", { ip: IP, expires_at: "2030-01-01" }, "for"],
    ["POST", "/api/blocked", { ip: IP, FOR: "1h" }, "for"],
    ["POST", "/api/blocked", { ip: IP, ttl: 3600 }, "for"],
    ["POST", "/api/blocked", { ip: IP, reasn: "scans" }, "reason"],
    ["POST", "/api/blocked", { ip_address: IP, ip: IP }, "ip"],
    ["POST", "/api/blocked", { ip: IP, constructor: 1 }],
    ["POST", "/api/signup", { ...login, role: "admin" }],
    ["POST", "/api/login", { ...login, otp: "123456" }],
    ["POST", "/api/login", { ...login, user: "root" }, "username"],
    ["POST", "/api/geo", { ip: "8.8.8.8", adress: "1.1.1.1" }],
    ["POST", "/api/detect", { att: "2026-01-01T00:00:00Z" }, "at"],
    ["POST", "/api/feeds", { name: "x", url: "https://a.example", evry: "1h" }],
    ["POST", "/api/password", { current: "a", next: "b", confirm: "b" }],
    ["POST", "/api/logout", { everywhere: true }],
    ["PATCH", "/api/suspicious/0123456789abcdef", {
      is_active: false,
      active: false,
    }, "is_active"],
    ["PATCH", "/api/feeds/x", { action: "refresh", force: true }],
    ["DELETE", `/api/blocked/${IP}`, { force: true }],
    ["DELETE", `/api/addresses/${IP}`, { unblock: true }],
  ];
  for (const [method, path, body, near] of table) {
    await t.step(`${method} ${path} ${JSON.stringify(body)}`, async () => {
      const answer = await app.fetch(path, { method, token, json: body });
      const detail = await assertProblem(answer, 422);
      if (near) assertStringIncludes(detail, `the nearest known is "${near}"`);
    });
  }
  const { items } = await json(await app.fetch("/api/blocked", { token }));
  assertEquals(items, [], "nothing was blocked");
});

Deno.test("Every call and page refuses parameters that it does not know", async (t) => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("root", "admin");
  const calls: [string, string][] = [
    ["/api/requests?usernme=ann", "username"],
    ["/api/requests?ip_address=203.0.113.9", "ip"],
    ["/api/requests?Status=404", "status"],
    ["/api/requests?from=2026-01-01", "since"],
    ["/api/requests?page=2", "cursor"],
    ["/api/requests/stream?statu=404", "status"],
    ["/api/blocked?q=203", "search"],
    ["/api/blocked?ip=203.0.113.9", "search"],
    ["/api/suspicious?is_active=true", "active"],
    ["/api/stats?unit=day", "since"],
    ["/api/feeds?limit=5", ""],
    ["/api/me?full=1", ""],
    ["/api/me/data?format=csv", ""],
    ["/api/geo?ip=8.8.8.8", ""],
    ["/api/requests?ip=203.0.113.9&ip=203.0.113.10", "twice"],
  ];
  for (const [path, near] of calls) {
    await t.step(path, async () => {
      const answer = await app.fetch(path, { token });
      const detail = await assertProblem(answer, 400);
      const name = /\?(\w+)/.exec(path)![1]!;
      assertStringIncludes(detail, `"${name}"`);
      assertStringIncludes(detail, near);
    });
  }
  const pages = [
    "/admin?rnge=7d",
    "/admin/requests?usernme=ann",
    "/admin/requests/export?satus=404",
    "/admin/blocked?serch=203",
    "/admin/blocked/export?lst=safe",
    "/admin/suspicious?severty=critical",
    "/admin/users?role=admin",
    "/admin/audit?actor=root",
    `/admin/ip/${IP}?rnge=7d`,
    "/admin/rules?x=1",
    "/admin/feeds?state=x",
    "/admin/alerts?x=1",
    "/admin/health?x=1",
    "/profile?tab=x",
  ];
  for (const path of pages) {
    await t.step(path, async () => {
      const answer = await app.fetch(path, { cookie });
      const text = await answer.text();
      assertEquals(answer.status, 400, path);
      assertStringIncludes(text, /\?(\w+)/.exec(path)![1]!);
    });
  }
});

/** Calls that accept parameters added by other sites' links, and those of the proxies. */
const OPEN = ["/healthz", "/metrics", "/api/decide"];

Deno.test("No documented call takes a parameter or a field that it does not know, or either of them twice", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const { paths } = JSON.parse(await Deno.readTextFile("docs/openapi.json"));
  for (const [template, methods] of Object.entries(paths)) {
    if (OPEN.includes(template)) continue;
    const path = template.replace(/\{\w+\}/g, "x");
    for (const method of Object.keys(methods as Record<string, unknown>)) {
      if (!/^(get|post|put|patch|delete)$/.test(method)) continue;
      await t.step(`${method} ${template}`, async () => {
        const json = method === "get" ? undefined : {};
        const init = { method: method.toUpperCase(), token, json };
        const asked = await app.fetch(`${path}?zzz=1`, init);
        assertStringIncludes(await assertProblem(asked, 400), '"zzz"');
        if (method === "get") return;
        const told = await app.fetch(path, { ...init, json: { zzz: 1 } });
        const detail = await assertProblem(told, 422);
        const takesNone = /expected none$/.test(detail);
        assert(detail.includes('"zzz"') || takesNone, detail);
        if (takesNone) return;
        const known = /expected one of ([\w, ]+)/.exec(detail)?.[1] ?? "zzz";
        const [name = ""] = known.split(", ");
        const twice = await app.fetch(path, {
          ...{ method: init.method, token, json: undefined },
          headers: { "content-type": "application/json" },
          body: `{"${name}":"1","${name}":"2"}`,
        });
        assertStringIncludes(await assertProblem(twice, 422), "twice");
      });
    }
  }
});

Deno.test("A field that stands twice is refused by calls, forms and uploads, as nobody knows which was meant", async (t) => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("root", "admin");
  for (
    const body of [
      `{"ip":"${IP}","ip":"203.0.113.10"}`,
      `{"ip":"${IP}","for":"1h","for":null}`,
      `{"ip":"${IP}","for":"1h","\\u0066or":null}`,
    ]
  ) {
    await t.step(body, async () => {
      const answer = await app.fetch("/api/blocked", {
        ...{ method: "POST", token, body },
        headers: { "content-type": "application/json" },
      });
      assertStringIncludes(await assertProblem(answer, 422), "twice");
    });
  }
  const form = `action=block&ip=${IP}&for=&for=1h`;
  for (const path of ["/admin/blocked", `/admin/ip/${IP}`, "/login"]) {
    await t.step(path, async () => {
      const answer = await app.fetch(path, {
        ...{ method: "POST", cookie },
        body: path === "/login" ? "username=a&username=b&password=c" : form,
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          origin: "http://localhost",
        },
      });
      const text = await answer.text();
      assertEquals(answer.status, 400);
      assertStringIncludes(text, "twice");
    });
  }
  const upload = new FormData();
  upload.append("text", IP);
  upload.append("text", "203.0.113.10");
  const answer = await app.fetch("/admin/blocked/import", {
    ...{ method: "POST", cookie, body: upload },
    headers: { origin: "http://localhost" },
  });
  await answer.body?.cancel();
  assertEquals(answer.status, 400);
  const { items } = await json(await app.fetch("/api/blocked", { token }));
  assertEquals(items, []);
});

Deno.test("A duration that says nothing is none: no block for good, no feed by default", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (const text of ["", " ", "\t", "0h", "-1h", "1h30m", "1 h", "1e3h"]) {
    for (
      const [path, body] of [
        ["/api/blocked", { ip: IP, for: text }],
        ["/api/safelist", { ip: IP, for: text }],
        ["/api/feeds", { name: "x", url: "https://a.example/l", for: text }],
        ["/api/feeds", { name: "x", url: "https://a.example/l", every: text }],
      ] as const
    ) {
      const answer = await app.fetch(path, { token, json: body });
      await assertProblem(answer, 422);
    }
  }
  for (const path of ["/api/blocked", "/api/safelist", "/api/feeds"]) {
    const { items } = await json(await app.fetch(path, { token }));
    assertEquals(items, []);
  }
});

Deno.test("The forms of login, sign-up and set-up refuse a field that they do not have", async () => {
  await using app = await startApp();
  for (const path of ["/login", "/signup", "/setup"]) {
    const answer = await app.fetch(path, {
      form: {
        username: "ann",
        password: "a password for tests",
        role: "admin",
      },
    });
    const text = await answer.text();
    assertEquals(answer.status, 400, path);
    assertStringIncludes(text, "role");
  }
});

Deno.test("A value that cannot be is refused", async (t) => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("root", "admin");
  for (
    const path of [
      "/api/requests?since=2026-02-30",
      "/api/requests?since=2026-02-29T08:00:00Z",
      "/api/requests?until=yesterday",
      "/api/requests?since=5x",
      "/api/requests?country=Germany",
      "/api/requests?country=ZQ",
      "/api/requests?country=DE,Germany",
      "/api/requests?status=404,all",
      "/api/requests?limit=1e2",
      "/api/requests?limit=0x10",
      "/api/requests?limit=501",
      "/api/requests?ip=,",
      "/api/requests?ip=",
      "/api/requests?username=%20",
      "/api/requests?ip!=",
      "/api/suspicious?active=",
      "/api/stats?since=",
      "/api/blocked?search=",
      "/api/limits?subject=",
      "/api/suspicious?ip=banana",
      "/api/suspicious?reason=High%20volume",
      "/api/stats?since=2026-02-30",
      "/admin?range=90d",
      "/admin?sort=up",
      "/admin/suspicious?view=everything",
      "/admin/suspicious?sort=oldest",
      "/admin/suspicious?ip=banana",
      "/admin/blocked?feeds=no",
      "/admin/blocked/export?list=allowed",
      "/admin/requests?live=yes",
    ]
  ) {
    await t.step(path, async () => {
      const as = path.startsWith("/api/") ? { token } : { cookie };
      const answer = await app.fetch(path, as);
      await answer.body?.cancel();
      assertEquals(answer.status, 400);
    });
  }
});

Deno.test("Times are ISO or an age, and several values are separated by commas", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  for (
    const path of [
      "/api/requests?since=24h&until=10m",
      "/api/requests?since=2024-02-29",
      "/api/requests?status=404,5xx&method=get,post&country=de,FR",
      "/api/requests?outcome=blocked,limited&ip=203.0.113.0/24,2001:db8::1",
      "/api/requests?ip!=203.0.113.9&ip!=203.0.113.10",
      "/api/stats?since=7d&by=day",
      "/api/requests?cursor=",
    ]
  ) {
    await t.step(path, async () => {
      await json(await app.fetch(path, { token }));
    });
  }
});

Deno.test("A form of the console with an unknown field changes nothing", async () => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("root", "admin");
  const form = { action: "block", ip: IP, duration: "1h" };
  for (const path of ["/admin/blocked", `/admin/ip/${IP}`]) {
    const answer = await app.fetch(path, { cookie, form });
    const text = await answer.text();
    assertEquals(answer.status, 400);
    assert(text.includes("duration"), text);
  }
  const { items } = await json(await app.fetch("/api/blocked", { token }));
  assertEquals(items, []);
});

Deno.test("An imported list with an end that is none blocks nobody", async () => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("root", "admin");
  for (
    const text of [
      `ip_address,expires_at\n${IP},tomorrow`,
      `ip_address,expires_at\n${IP},2026-02-30`,
      `ip_address,expires\n${IP},2030-13-01`,
      `{"ip":"${IP}","expires_at":"never"}`,
      `{"ip":"${IP}","ttl":3600}`,
      `{"ip":"${IP}","for":"a while"}`,
      `ip_address,for\n${IP},a while`,
      `ip_address,ttl\n${IP},3600x`,
      `ip,banned_until\n${IP},tomorrow`,
    ]
  ) {
    const body = new FormData();
    body.set("text", text);
    const answer = await app.fetch("/admin/blocked/import", {
      cookie,
      body,
      headers: { origin: "http://localhost" },
    });
    await answer.body?.cancel();
    assertEquals(answer.status, 422, text);
  }
  const { items } = await json(await app.fetch("/api/blocked", { token }));
  assertEquals(items, []);
});
