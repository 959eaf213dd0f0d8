import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PASSWORD, startApp, type TestApp } from "../_app.ts";
import { testReceiver } from "../alerts/_receiver.ts";
import { createSetupToken } from "../../lib/accounts/setup.ts";
import { getTotpSetup } from "../../lib/accounts/second_factor.ts";
import { createSession, listSessionsOf } from "../../lib/accounts/sessions.ts";
import { totpCode } from "../../lib/accounts/totp.ts";
import { findUserByName } from "../../lib/accounts/users.ts";
import { listFindings } from "../../lib/detection/findings.ts";
import { listIncidents } from "../../lib/detection/incidents/store.ts";
import type { AuditAction } from "../../lib/store/audit_actions.ts";
import { listAudit } from "../../lib/store/audit.ts";

const ROUTES = new URL("../../routes/", import.meta.url);
const RULES = [{ name: "few", limit: "1/h", when: { path: "/few" } }];
const LIST = new TextEncoder().encode("8.8.8.0/24\n8.8.4.4\n");

/** The app with its actors. */
interface Stage {
  app: TestApp;
  receiver: string;
  post(path: string, form: Record<string, string>): Promise<Response>;
  api(method: string, path: string, json?: unknown): Promise<Response>;
  /** A form with files. */
  send(path: string, body: FormData): Promise<Response>;
  /** As ann, who is no admin. */
  own(path: string, form: Record<string, string>): Promise<Response>;
}

/** The expected audit entry of a change. */
type Told = [what: AuditAction, who: string];

type Action = [act: (stage: Stage) => Promise<Response>, ...told: Told];

const user = async ({ app }: Stage, name: string) =>
  (await findUserByName(app.services.accounts, name))!;

const incident = async ({ app: { services: { kv }, clock } }: Stage) =>
  (await listIncidents(kv, { limit: 1, now: clock.now })).items[0]!;

const finding = async ({ app: { services: { kv }, clock } }: Stage) =>
  (await listFindings(kv, { limit: 1, active: true, now: clock.now }))
    .items[0]!;

/** The field of a form in a page. */
const field = (html: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)![1]!;

/**
 * One change for each handler that makes any, by the route's file and its method, in this order.
 */
const ACTIONS: Record<string, Action> = {
  "admin/suspicious.tsx POST": [
    ({ post }) => post("/admin/suspicious", { action: "detect" }),
    "detect",
    "root",
  ],
  "api/(admin)/detect.ts POST": [
    ({ api }) => api("POST", "/api/detect", {}),
    "detect",
    "root",
  ],
  "api/(admin)/suspicious/[id].ts PATCH": [
    async (it) =>
      it.api("PATCH", `/api/suspicious/${(await finding(it)).id}`, {
        is_active: false,
      }),
    "resolve_finding",
    "root",
  ],
  "admin/incidents/[id].tsx POST": [
    async (it) =>
      it.post(`/admin/incidents/${(await incident(it)).id}`, {
        action: "watch",
      }),
    "watch_incident",
    "root",
  ],
  "admin/incidents/index.tsx POST": [
    ({ post }) =>
      post("/admin/incidents", { action: "resolve", all: "1", why: "ours" }),
    "resolve_incident",
    "root",
  ],
  "api/(admin)/incidents/[id].ts PATCH": [
    async (it) =>
      it.api("PATCH", `/api/incidents/${(await incident(it)).id}`, {
        is_active: true,
      }),
    "reopen_incident",
    "root",
  ],
  "api/(admin)/incidents/[id]/decide.ts POST": [
    async (it) =>
      it.api("POST", `/api/incidents/${(await incident(it)).id}/decide`, {
        decision: "block",
      }),
    "resolve_finding",
    "root",
  ],
  "admin/index.tsx POST": [
    async (it) => {
      const { id } = await incident(it);
      const path = `/api/incidents/${id}`;
      await (await it.api("PATCH", path, { is_active: true })).body?.cancel();
      return await it.post("/admin", { action: "resolve", id });
    },
    "resolve_incident",
    "root",
  ],
  "admin/blocked.tsx POST": [
    ({ post }) => post("/admin/blocked", { action: "block", ip: "192.0.2.50" }),
    "block",
    "root",
  ],
  "admin/audit.tsx POST": [
    async ({ app, post }) => {
      const { items: [entry] } = await listAudit(app.services.kv, {
        limit: 1,
        now: app.clock.now,
      });
      const { at, id } = entry!;
      return await post("/admin/audit", { action: "undo", at: `${at}`, id });
    },
    "unblock",
    "root",
  ],
  "admin/blocked/import.tsx POST": [
    (it) => {
      const body = new FormData();
      body.set("text", "192.0.2.51");
      return it.send("/admin/blocked/import", body);
    },
    "import_blocks",
    "root",
  ],
  "admin/blocked/operator.tsx POST": [
    ({ post }) =>
      post("/admin/blocked/operator?asn=64500", { action: "block" }),
    "apply_policy",
    "root",
  ],
  "admin/blocked/confirm.tsx POST": [
    async ({ post }) => {
      const ip = "198.51.100.7";
      const waits = await post("/admin/blocked", {
        ...{ action: "block", ip, force: "1" },
      });
      return await post(waits.headers.get("location")!, { action: "undo" });
    },
    "unblock",
    "root",
  ],
  "admin/ip/[...ip].tsx POST": [
    ({ post }) => post("/admin/ip/192.0.2.1", { action: "note", text: "who?" }),
    "note",
    "root",
  ],
  "admin/rules.tsx POST": [
    ({ post }) =>
      post("/admin/rules", {
        ...{ action: "set", rule: "path_scanning", threshold: "50" },
        ...{ window: "10m", armed: "1" },
      }),
    "change_rule",
    "root",
  ],
  "admin/policy.tsx POST": [
    async ({ post }) => {
      const declaration = JSON.stringify({ rules: RULES });
      const asked = await post("/admin/policy", {
        ...{ action: "rehearse", declaration },
      });
      const rehearsed = field(await asked.text(), "rehearsed");
      return await post("/admin/policy", {
        ...{ action: "apply", declaration, rehearsed },
      });
    },
    "apply_policy",
    "root",
  ],
  "api/(admin)/policy/index.ts PUT": [
    ({ api }) => api("PUT", "/api/policy", { rules: RULES }),
    "apply_policy",
    "root",
  ],
  "api/(admin)/limits/[subject].ts DELETE": [
    async ({ app, api }) => {
      for (let n = 0; n < 3; n++) {
        const response = await app.fetch("/few", { peer: "192.0.2.60" });
        await response.body?.cancel();
      }
      return await api("DELETE", "/api/limits/192.0.2.60");
    },
    "lift_limits",
    "root",
  ],
  "api/(admin)/blocked/index.ts POST": [
    ({ api }) => api("POST", "/api/blocked", { ip: "192.0.2.52" }),
    "block",
    "root",
  ],
  "api/(admin)/blocked/[ip].ts DELETE": [
    ({ api }) => api("DELETE", "/api/blocked/192.0.2.52"),
    "unblock",
    "root",
  ],
  "api/(admin)/safelist/index.ts POST": [
    ({ api }) => api("POST", "/api/safelist", { ip: "192.0.2.53" }),
    "allow",
    "root",
  ],
  "api/(admin)/safelist/[entry].ts DELETE": [
    ({ api }) => api("DELETE", "/api/safelist/192.0.2.53"),
    "disallow",
    "root",
  ],
  "admin/feeds/index.tsx POST": [
    ({ post }) =>
      post("/admin/feeds", {
        ...{ action: "add", name: "one", url: "https://lists.example/one" },
      }),
    "add_feed",
    "root",
  ],
  "admin/feeds/[name].tsx POST": [
    ({ post }) => post("/admin/feeds/one", { action: "remove" }),
    "remove_feed",
    "root",
  ],
  "api/(admin)/feeds/index.ts POST": [
    ({ api }) =>
      api("POST", "/api/feeds", {
        ...{ name: "two", url: "https://lists.example/two" },
      }),
    "add_feed",
    "root",
  ],
  "api/(admin)/feeds/[name].ts PATCH": [
    async ({ api }) => {
      // The first list of a feed waits for a preview.
      await api("PATCH", "/api/feeds/two", { action: "refresh" });
      return await api("PATCH", "/api/feeds/two", { action: "apply" });
    },
    "refresh_feed",
    "root",
  ],
  "api/(admin)/feeds/[name].ts DELETE": [
    ({ api }) => api("DELETE", "/api/feeds/two"),
    "remove_feed",
    "root",
  ],
  "admin/alerts.tsx POST": [
    ({ post }) => post("/admin/alerts", { action: "test" }),
    "test_alert",
    "root",
  ],
  "admin/export/address.ts POST": [
    ({ post }) => post("/admin/export/address?ip=192.0.2.1", {}),
    "export",
    "root",
  ],
  "admin/export/account.ts POST": [
    async (it) =>
      it.post(`/admin/export/account?id=${(await user(it, "ann")).id}`, {}),
    "export",
    "root",
  ],
  "api/(admin)/addresses/[ip].ts DELETE": [
    ({ api }) => api("DELETE", "/api/addresses/192.0.2.99"),
    "erase",
    "root",
  ],
  "admin/users.tsx POST": [
    ({ post }) =>
      post("/admin/users", {
        ...{ action: "create", username: "carl", role: "user" },
        password: PASSWORD,
      }),
    "user_create",
    "root",
  ],
  "admin/users/[id].tsx POST": [
    async (it) =>
      it.post(`/admin/users/${(await user(it, "carl")).id}`, {
        action: "revoke_all",
      }),
    "user_revoke_all",
    "root",
  ],
  "api/signup.ts POST": [
    ({ app }) =>
      app.fetch("/api/signup", {
        json: { username: "dora", password: PASSWORD },
      }),
    "user_signup",
    "dora",
  ],
  "signup.tsx POST": [
    ({ app }) =>
      app.fetch("/signup", { form: { username: "emil", password: PASSWORD } }),
    "user_signup",
    "emil",
  ],
  "(signed_in)/profile.tsx POST": [
    async (it) => {
      const { accounts } = it.app.services;
      const ann = await user(it, "ann");
      const origin = { ip_address: "198.51.100.8", user_agent: "other" };
      await createSession(accounts, ann, { ...origin, kind: "api" });
      const sessions = await listSessionsOf(accounts, ann);
      const { id } = sessions.find(({ session }) =>
        session.user_agent === "other"
      )!;
      return await it.own("/profile", {
        ...{ action: "revoke", session: id, password: PASSWORD },
      });
    },
    "user_revoke",
    "ann",
  ],
  "(signed_in)/profile/second-factor.tsx POST": [
    async (it) => {
      const path = "/profile/second-factor";
      await it.own(path, { action: "begin" });
      const { accounts } = it.app.services;
      const secret = await getTotpSetup(accounts, (await user(it, "ann")).id);
      const step = Math.floor(it.app.clock.now / 30_000);
      return await it.own(path, {
        ...{ action: "enable", password: PASSWORD },
        code: totpCode(secret!, step),
      });
    },
    "user_factor_on",
    "ann",
  ],
  "(signed_in)/profile/password.tsx POST": [
    async ({ app }) => {
      const { cookie } = await app.signIn("fred");
      return await app.fetch("/profile/password", {
        cookie,
        form: { current: PASSWORD, next: "another password of fred's" },
      });
    },
    "user_password",
    "fred",
  ],
  "api/(user)/password.ts POST": [
    async ({ app }) => {
      const { token } = await app.signIn("gina");
      return await app.fetch("/api/password", {
        token,
        json: { current: PASSWORD, next: "another password of gina's" },
      });
    },
    "user_password",
    "gina",
  ],
};

/** Handlers that accept input but change nothing relevant to others. */
const NO_CHANGE: Record<string, string> = {
  "admin/steps.ts POST": "puts one's own list of first steps away",
  "admin/requests.tsx POST": "one's own saved filters",
  "api/(admin)/policy/rehearse.ts POST": "only tells",
  "api/geo.ts POST": "only tells",
  "login.tsx POST": "logins have a list of their own",
  "login/code.tsx POST": "logins have a list of their own",
  "api/login.ts POST": "logins have a list of their own",
  "logout.tsx POST": "ends one's own session",
  "api/(user)/logout.ts POST": "ends one's own session",
  "setup.tsx POST": "tried below, where there is no admin yet",
};

async function* mutating(
  folder = ROUTES,
  prefix = "",
): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const here = new URL(`${encodeURIComponent(name)}`, folder);
    if (isDirectory) {
      yield* mutating(new URL(`${here}/`), `${prefix}${name}/`);
      continue;
    }
    const text = await Deno.readTextFile(here);
    const found = text.matchAll(/^ {2}(?:async )?(POST|PUT|PATCH|DELETE)\b/gm);
    for (const [, method] of found) yield `${prefix}${name} ${method}`;
  }
}

Deno.test("audit trail: every handler that changes something is tried here, or said to change nothing", async () => {
  const known = [...Object.keys(ACTIONS), ...Object.keys(NO_CHANGE)].sort();
  assertEquals((await Array.fromAsync(mutating())).sort(), known);
});

Deno.test("audit trail: every change by a page or by the API is in it", async (t) => {
  await using receiver = testReceiver();
  await using app = await startApp({
    env: { ALERT_WEBHOOK_URL: receiver.url, SIGNUP_RATE: "100/h" },
    fetchList: () =>
      Promise.resolve({
        ...{ kind: "list", body: LIST, etag: null, last_modified: null },
      }),
  });
  const root = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  const { services: { kv }, clock } = app;
  const stage: Stage = {
    app,
    receiver: receiver.url,
    post: (path, form) => app.fetch(path, { cookie: root.cookie, form }),
    api: (method, path, json) =>
      app.fetch(path, { method, json, token: root.token }),
    send: (path, body) =>
      app.fetch(path, {
        ...{ cookie: root.cookie, body },
        headers: { origin: "http://localhost" },
      }),
    own: (path, form) => app.fetch(path, { cookie: ann.cookie, form }),
  };
  for (const path of ["/.env", "/.git/config", "/wp-login.php"]) {
    await (await app.fetch(path, { peer: "192.0.2.1" })).body?.cancel();
  }
  const all = async () =>
    (await listAudit(kv, { limit: 500, now: clock.now })).items;
  for (const [handler, [act, what, who]] of Object.entries(ACTIONS)) {
    await t.step(`${handler}: ${what}`, async () => {
      clock.now += 1_000;
      const before = new Set((await all()).map(({ id }) => id));
      const response = await act(stage);
      const text = await response.text();
      assert(response.status < 400, `${response.status} ${text.slice(0, 800)}`);
      const fresh = (await all()).filter(({ id }) => !before.has(id));
      const told = fresh.map((entry) => `${entry.what} by ${entry.who}`);
      assert(
        told.includes(`${what} by ${who}`),
        `${told.join("; ") || "nothing"}: ${text}`,
      );
      for (const entry of fresh) assert(entry.from !== null, entry.what);
    });
  }

  await t.step("each can be undone from it, or says why not", async () => {
    const html = await stage.app.fetch("/admin/audit?limit=500", {
      cookie: root.cookie,
    }).then((response) => response.text());
    const rows = html.split(/<tr\b/).slice(2);
    assertEquals(rows.length, (await all()).length);
    for (const row of rows) {
      const canUndo = row.includes('aria-label="Undo');
      assert(canUndo !== /No undo: [a-z]/.test(row), row.slice(0, 2_000));
    }
    assert(rows.some((row) => row.includes('aria-label="Undo')));
  });
});

Deno.test("audit trail: the first admin is in it, by the link", async () => {
  await using app = await startApp();
  const { services: { accounts, kv }, clock } = app;
  const token = (await createSetupToken(accounts))!;
  const done = await app.fetch("/setup", {
    form: { token, username: "root", password: PASSWORD },
  });
  assertEquals(done.status, 303);
  const { items: [entry] } = await listAudit(kv, { limit: 9, now: clock.now });
  assertEquals([entry!.what, entry!.who], ["user_create", "root"]);
});

Deno.test("audit page: what is shown can be exported, and no more than that", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const { cookie: ann } = await app.signIn("ann");
  for (const ip of ["203.0.113.7", "198.51.100.8"]) {
    await app.fetch("/admin/blocked", {
      cookie,
      form: { action: "block", ip, reason: `=cmd|"${ip}"` },
    });
    app.clock.now += 1_000;
  }
  const file = async (query: string) => {
    const response = await app.fetch(`/admin/audit/export?${query}`, {
      cookie,
    });
    assertEquals(response.status, 200);
    return [response.headers.get("content-type"), await response.text()];
  };
  const [type, csv] = await file("target=203.0");
  assertEquals(type, "text/csv; charset=utf-8");
  const [head, row, ...rest] = csv!.trim().split("\r\n");
  assertEquals(head, "at,who,what,target,from,why");
  assertStringIncludes(row!, `root,block,203.0.113.7,198.51.100.7,"'=cmd`);
  assertEquals(rest, []);
  const [, json] = await file("format=json&what=block");
  assertEquals(
    JSON.parse(json!).map(({ target }: { target: string }) => target),
    ["198.51.100.8", "203.0.113.7"],
  );
  assertEquals(JSON.parse((await file("format=json&who=nobody"))[1]!), []);
  const html = await (await app.fetch("/admin/audit?who=root", { cookie }))
    .text();
  assertStringIncludes(html, "/admin/audit/export?who=root&amp;format=csv");
  for (
    const [path, as, status] of [
      ["/admin/audit/export?since=soon", cookie, 400],
      ["/admin/audit/export?format=xml", cookie, 400],
      ["/admin/audit/export?view=all", cookie, 400],
      ["/admin/audit/export", ann, 403],
    ] as const
  ) {
    const response = await app.fetch(path, { cookie: as });
    await response.body?.cancel();
    assertEquals(response.status, status, path);
  }
});
