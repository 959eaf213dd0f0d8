import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { type PendingBlock } from "../../lib/lists/block_confirm.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { runDetection } from "../../lib/detection/job.ts";
import { startApp, type TestApp } from "../_app.ts";
import { runTask, temporaryKvPath } from "../_server.ts";

const ADMIN_IP = "198.51.100.7";
const OTHER_IP = "203.0.113.9";

async function status(app: TestApp, peer: string, path = "/") {
  const response = await app.fetch(path, { peer });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a blocked address gets 403 on everything, told no more than its receipt", async (t) => {
  await using app = await startApp();
  const { token } = await app.signIn("warden", "admin");
  await app.fetch("/api/blocked", {
    token,
    json: { ip: OTHER_IP, reason: "scanner", for: "2h" },
  });
  const rows: [string, Parameters<TestApp["fetch"]>[1]][] = [
    ["/", {}],
    ["/styles.css", {}],
    ["/robots.txt", {}],
    ["/healthz", {}],
    ["/login", {}],
    ["/login", { form: { username: "warden", password: "x" } }],
    ["/admin/blocked", { token }],
    ["/api/me", { token }],
    ["/api/login", { json: { username: "warden", password: "x" } }],
    ["/api/blocked", { method: "OPTIONS" }],
    ["/nowhere/%E0%A4%A", {}],
    ["/", { method: "HEAD" }],
    ["/", { method: "FOO" }],
  ];
  for (const [path, options] of rows) {
    await t.step(`${options?.method ?? ""} ${path}`, async () => {
      const response = await app.fetch(path, { ...options, peer: OTHER_IP });
      const text = await response.text();
      assertEquals(response.status, 403);
      assertEquals(response.headers.get("cache-control"), "no-store");
      for (const secret of ["scanner", "warden", OTHER_IP, "2h", "expire"]) {
        assert(!text.includes(secret), secret);
      }
      if (options?.method === undefined) {
        assertStringIncludes(text, "Your IP has been blocked.");
      }
    });
  }
});

Deno.test("the safelist wins over a block, lifts a standing one, and never blocks by itself", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const { cookie } = await app.signIn("second", "admin");
  await app.fetch("/api/blocked", { token, json: { ip: OTHER_IP } });
  assertEquals(await status(app, OTHER_IP), 403);
  const allowed = await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "allow", ip: "203.0.113.0/24", reason: "office" },
  });
  assertEquals(allowed.status, 303);
  assertEquals(await status(app, OTHER_IP), 200);
  const list = await app.fetch("/api/blocked", { token });
  assertEquals((await list.json()).items, []);
  const refused = await app.fetch("/api/blocked", {
    token,
    json: { ip: OTHER_IP },
  });
  assertEquals(refused.status, 409);
  assertStringIncludes((await refused.json()).detail, "203.0.113.0/24");
  const forced = await app.fetch("/api/blocked", {
    token,
    json: { ip: OTHER_IP, force: true },
  });
  assertEquals(forced.status, 201);
  assertEquals(await status(app, OTHER_IP), 200, "the safelist still wins");
});

Deno.test("page and API refuse one's own address, loopback, proxies, safelisted and wide ranges", async (t) => {
  await using app = await startApp({
    env: { TRUSTED_PROXIES: "192.0.2.0/28" },
  });
  const { token, cookie } = await app.signIn("root", "admin");
  await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "allow", ip: "203.0.113.64" },
  });
  for (
    const [ip, why] of [
      [ADMIN_IP, "lock you out"],
      ["198.51.100.0/24", "lock you out"],
      ["::ffff:198.51.100.7", "lock you out"],
      ["127.0.0.1", "loopback"],
      ["::1", "loopback"],
      ["192.0.2.5", "trusted proxy"],
      ["203.0.113.0/24", "safelisted"],
      ["11.0.0.0/15", "wider than /16"],
      ["2001:db8::/31", "wider than /32"],
      ["0.0.0.0/0", "without force"],
      ["::/0", "without force"],
    ] as const
  ) {
    await t.step(ip, async () => {
      const viaApi = await app.fetch("/api/blocked", { token, json: { ip } });
      assertEquals(viaApi.status, 409);
      assertStringIncludes((await viaApi.json()).detail, why);
      const viaPage = await app.fetch("/admin/blocked", {
        cookie,
        form: { action: "block", ip },
      });
      assertEquals(viaPage.status, 409);
      const html = await viaPage.text();
      assertStringIncludes(html, why);
      assertStringIncludes(html, "In the last 7 days", "with the preview");
    });
  }
  const list = await app.fetch("/api/blocked", { token });
  assertEquals((await list.json()).items, [], "nothing was written");
});

Deno.test("a block through the API answers with whom it hits", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  await app.fetch("/profile", { cookie: ann.cookie, peer: OTHER_IP });
  await app.fetch("/", { peer: OTHER_IP });
  await app.services.log.flush();
  const response = await app.fetch("/api/blocked", {
    token,
    json: { ip: "203.0.113.0/24", for: "1h" },
  });
  assertEquals(response.status, 201);
  const { impact } = await response.json();
  assertEquals(impact.requests, 2);
  assertEquals(impact.users, ["ann"]);
  assertEquals(impact.includes_you, false);
});

Deno.test("preview: the pages show whom a block would affect and write nothing", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  await app.fetch("/profile", { cookie: ann.cookie, peer: OTHER_IP });
  await app.services.log.flush();
  for (const page of ["/admin/blocked", `/admin/ip/${OTHER_IP}`]) {
    const forms: Record<string, string>[] = [
      { action: "preview", ip: OTHER_IP },
      { action: "block", preview: "1", ip: OTHER_IP },
    ];
    for (const form of forms) {
      const response = await app.fetch(page, { cookie, form });
      assertEquals(response.status, 200);
      const html = await response.text();
      assertStringIncludes(
        html,
        "In the last 7 days: 1 request, 1 signed-in user (ann).",
      );
      assertStringIncludes(html, 'name="confirmed"');
    }
  }
  assertEquals(await status(app, OTHER_IP), 200);
});

Deno.test("preview: a form of ours blocks signed-in users only after it has shown them", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const ann = await app.signIn("ann");
  await app.fetch("/profile", { cookie: ann.cookie, peer: OTHER_IP });
  await app.services.log.flush();
  const form = { action: "block", check: "1", ip: OTHER_IP, for: "1h" };
  const shown = await app.fetch("/admin/blocked", { cookie, form });
  assertEquals(shown.status, 409);
  assertStringIncludes(await shown.text(), "(ann)");
  assertEquals(await status(app, OTHER_IP), 200);
  const other = await app.fetch("/admin/blocked", {
    cookie,
    form: { ...form, confirmed: "203.0.113.1" },
  });
  assertEquals(other.status, 409, "another address was shown");
  const done = await app.fetch("/admin/blocked", {
    cookie,
    form: { ...form, confirmed: OTHER_IP },
  });
  assertEquals(done.status, 303);
  assertEquals(await status(app, OTHER_IP), 403);
});

Deno.test("preview: a form of ours blocks strangers at once", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const done = await app.fetch("/admin/blocked", {
    cookie,
    form: { action: "block", check: "1", ip: OTHER_IP },
  });
  assertEquals(done.status, 303);
  assertEquals(await status(app, OTHER_IP), 403);
});

/** Forces a block of the admin's own network; resolves to the path of its confirmation. */
async function lockOneselfOut(
  app: TestApp,
  cookie: string,
  form: Record<string, string> = {},
): Promise<string> {
  const response = await app.fetch("/admin/blocked", {
    cookie,
    form: {
      action: "block",
      ip: "198.51.100.0/24",
      for: "24h",
      force: "1",
      ...form,
    },
  });
  assertEquals(response.status, 303);
  return response.headers.get("location")!;
}

Deno.test("commit-confirm: a forced block of one's own address undoes itself after 60 seconds", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const at = await lockOneselfOut(app, cookie);
  assertMatch(at, /^\/admin\/blocked\/confirm\?token=/);
  assertEquals(await status(app, ADMIN_IP), 403);
  assertEquals(await status(app, "198.51.100.200"), 403);
  app.clock.now += 59_999;
  assertEquals(await status(app, ADMIN_IP), 403);
  app.clock.now += 1;
  assertEquals(await status(app, ADMIN_IP), 200);
  const late = await app.fetch(at, { cookie, form: { action: "confirm" } });
  assertEquals(late.status, 409, "too late to confirm");
  assertEquals(await status(app, ADMIN_IP), 200);
});

Deno.test("commit-confirm: confirmed from the same browser, the block stands for its time", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const at = await lockOneselfOut(app, cookie);
  const page = await app.fetch(at, { cookie });
  assertEquals(page.status, 200);
  assertStringIncludes(await page.text(), "60 s the block expires");
  await status(app, ADMIN_IP, "/hit");
  await app.services.lists.flushHits();
  const done = await app.fetch(at, { cookie, form: { action: "confirm" } });
  assertEquals(done.status, 200);
  assertStringIncludes(await done.text(), "unblock-ip 198.51.100.0/24");
  const again = await app.fetch(at, { cookie });
  assertEquals(again.status, 403, "the token is spent");
  app.clock.now += 3_600_000;
  assertEquals(await status(app, ADMIN_IP), 403);
  const other = await app.fetch("/admin/blocked", { cookie, peer: OTHER_IP });
  assertStringIncludes(await other.text(), "198.51.100.0/24");
  app.clock.now += 23 * 3_600_000;
  assertEquals(await status(app, ADMIN_IP), 200);
});

Deno.test("commit-confirm: undone from the same browser, it is gone at once", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const at = await lockOneselfOut(app, cookie);
  const undone = await app.fetch(at, { cookie, form: { action: "undo" } });
  assertEquals(undone.status, 303);
  assertEquals(await status(app, ADMIN_IP), 200);
  assertEquals((await app.fetch(at, { cookie })).status, 409);
});

Deno.test("commit-confirm: nobody else gets through the gap, and it leads nowhere else", async (t) => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const second = await app.signIn("second", "admin");
  const user = await app.signIn("ann");
  const at = await lockOneselfOut(app, cookie);
  const token = new URL(at, "http://x").searchParams.get("token")!;
  const [text, signature] = token.split(".") as [string, string];
  const forged: PendingBlock = {
    ip_address: "198.51.100.0/24",
    pending_until: app.clock.now + 60_000,
    expires_at: null,
    session: "x",
  };
  const forgedText = btoa(JSON.stringify(forged)).replaceAll("=", "")
    .replaceAll("+", "-").replaceAll("/", "_");
  const rows: [string, string, Record<string, unknown>, number][] = [
    ["without a session", at, {}, 303],
    ["another admin", at, { cookie: second.cookie }, 403],
    ["a user", at, { cookie: user.cookie }, 403],
    ["another page", at.replace("/confirm", ""), { cookie }, 403],
    ["a page below", at.replace("/confirm", "/confirm/x"), { cookie }, 403],
    ["no token", "/admin/blocked/confirm", { cookie }, 403],
    ["a cut token", at.slice(0, -1), { cookie }, 403],
    [
      "a forged token",
      `/admin/blocked/confirm?token=${forgedText}.${signature}`,
      { cookie },
      403,
    ],
    [
      "another text",
      `/admin/blocked/confirm?token=${text}A.${signature}`,
      { cookie },
      403,
    ],
    [
      "a form of another site",
      at,
      {
        cookie,
        form: { action: "confirm" },
        headers: { origin: "https://evil.example" },
      },
      403,
    ],
  ];
  for (const [name, path, options, expected] of rows) {
    await t.step(name, async () => {
      const response = await app.fetch(path, options);
      const html = await response.text();
      assertEquals(response.status, expected, html);
      assert(!html.includes("Confirm: lock me out"));
    });
  }
  app.clock.now += 60_000;
  assertEquals(await status(app, ADMIN_IP), 200, "none of them confirmed it");
});

/** The page after a block without confirmation: its banner has an undo. */
const PLAIN_BLOCK = /^\/admin\/blocked\?done=block&undo=[\w.-]+$/;

Deno.test("commit-confirm: only what covers oneself, is forced and lasts is put on trial", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const other = await lockOneselfOut(app, cookie, { ip: "127.0.0.1" });
  assertMatch(other, PLAIN_BLOCK);
  const short = await lockOneselfOut(app, cookie, { for: "30s" });
  assertMatch(short, PLAIN_BLOCK);
  assertEquals(await status(app, ADMIN_IP), 403);
  app.clock.now += 30_000;
  assertEquals(await status(app, ADMIN_IP), 200);
});

Deno.test("commit-confirm: every process on the store follows, the block and its end", async () => {
  const kvPath = await temporaryKvPath();
  const kv = await Deno.openKv(kvPath);
  const kv2 = await Deno.openKv(kvPath);
  try {
    await using app = await startApp({ kv });
    await using app2 = await startApp({ kv: kv2 });
    const { cookie } = await app.signIn("root", "admin");
    const at = await lockOneselfOut(app, cookie);
    await app2.services.lists.poll();
    assertEquals(await status(app2, ADMIN_IP), 403);
    assertEquals((await app2.fetch(at, { cookie })).status, 200);
    const done = await app2.fetch(at, { cookie, form: { action: "confirm" } });
    assertEquals(done.status, 200);
    await app.services.lists.poll();
    for (const one of [app, app2]) {
      one.clock.now += 61_000;
      assertEquals(await status(one, ADMIN_IP), 403);
    }
  } finally {
    kv.close();
    kv2.close();
    await Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
      recursive: true,
    });
  }
});

Deno.test("receipt: the id on the 403 page leads an admin to the entry, the rule and the evidence", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  for (let i = 0; i < 101; i++) await app.fetch("/wp", { peer: OTHER_IP });
  await app.services.log.flush();
  app.clock.now += 1_000;
  await runDetection({ ...await app.services.jobOptions() });
  const { changes } = await blockIp(
    app.services.kv,
    () => app.clock.now,
    { ip: "203.0.113.0/24", reason: "scanner", created_by: "rule:high_volume" },
  );
  app.services.lists.applyLocal(changes);
  const refused = await app.fetch("/", { peer: OTHER_IP });
  const page = await refused.text();
  const receipt = /<code>([0-9A-Z]{12})<\/code>/.exec(page)?.[1];
  assert(receipt, page);
  assert(!page.includes("scanner") && !page.includes("high_volume"));
  await app.services.log.flush();
  const typed = receipt.toLowerCase().replaceAll("0", "o").replace(
    /(.{4})/g,
    "$1-",
  );
  for (const query of [`receipt=${receipt}`, `search=${typed}`]) {
    const found = await app.fetch(`/admin/blocked?${query}`, { cookie });
    assertEquals(found.status, 303);
    const to = found.headers.get("location")!;
    assertEquals(to, `/admin/ip/${OTHER_IP}?receipt=${receipt}`);
    const dossier = await (await app.fetch(to, { cookie })).text();
    for (
      const part of [
        receipt,
        "203.0.113.0/24",
        "scanner",
        "rule:high_volume",
        "high_volume",
        "/wp",
      ]
    ) assertStringIncludes(dossier, part);
  }
  const unknown = await app.fetch("/admin/blocked?receipt=000000000000", {
    cookie,
  });
  assertEquals(unknown.status, 200);
  assertStringIncludes(await unknown.text(), "no blocked request in the log");
});

Deno.test("audit: who blocked, confirmed, unblocked, allowed and disallowed whom, from where and why", async () => {
  await using app = await startApp();
  const { cookie, token } = await app.signIn("root", "admin");
  const post = (form: Record<string, string>) =>
    app.fetch("/admin/blocked", { cookie, form });
  await app.fetch("/api/blocked", {
    token,
    json: { ip: "203.0.113.77/24", reason: "scanner" },
  });
  app.clock.now += 1;
  await app.fetch("/api/blocked/203.0.113.0%2F24", { token, method: "DELETE" });
  app.clock.now += 1;
  await app.fetch("/api/blocked/203.0.113.0%2F24", { token, method: "DELETE" });
  await post({ action: "block", ip: "127.0.0.1" });
  await post({ action: "allow", ip: OTHER_IP, reason: "office" });
  app.clock.now += 1;
  await post({ action: "disallow", ip: OTHER_IP });
  app.clock.now += 1;
  const at = await lockOneselfOut(app, cookie);
  app.clock.now += 1;
  await app.fetch(at, { cookie, form: { action: "confirm" } });
  const { items } = await listAudit(app.services.kv, {
    limit: 50,
    now: app.clock.now,
  });
  assertEquals(
    items.filter(({ who }) => who === "root").map((
      { what, target, from, why },
    ) => [what, target, from, why]),
    [
      ["confirm_block", "198.51.100.0/24", ADMIN_IP, null],
      ["block", "198.51.100.0/24", ADMIN_IP, null],
      ["disallow", OTHER_IP, ADMIN_IP, null],
      ["allow", OTHER_IP, ADMIN_IP, "office"],
      ["unblock", "203.0.113.0/24", ADMIN_IP, null],
      ["block", "203.0.113.0/24", ADMIN_IP, "scanner"],
    ],
    "what was refused, or was not there, is not in it",
  );
});

Deno.test("BYPASS_BLOCKLIST=1 lets everybody in, whatever the list holds", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = Date.UTC(2026, 0, 5, 12);
  for (const ip of ["0.0.0.0/0", "::/0"]) {
    await blockIp(kv, () => now, { ip, created_by: "root", force: true });
  }
  {
    await using app = await startApp({ kv, now });
    assertEquals(await status(app, ADMIN_IP), 403);
  }
  await using app = await startApp({ kv, now, env: { BYPASS_BLOCKLIST: "1" } });
  assertEquals(await status(app, ADMIN_IP), 200);
  assertEquals(await status(app, "2001:db8::1"), 200);
});

Deno.test("an unblocked address is let in by the next request, an expired one on time", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const block = (json: unknown) => app.fetch("/api/blocked", { token, json });
  await block({ ip: OTHER_IP });
  assertEquals(await status(app, OTHER_IP), 403);
  await app.fetch(`/api/blocked/${OTHER_IP}`, { token, method: "DELETE" });
  assertEquals(await status(app, OTHER_IP), 200);
  await block({ ip: OTHER_IP, for: "90s" });
  app.clock.now += 89_999;
  assertEquals(await status(app, OTHER_IP), 403);
  app.clock.now += 1;
  assertEquals(await status(app, OTHER_IP), 200);
});

Deno.test("what the blocklist itself refuses never raises a finding", async () => {
  await using app = await startApp({
    env: { SUSPICIOUS_REQUEST_THRESHOLD: "10" },
  });
  const { token } = await app.signIn("root", "admin");
  await app.fetch("/api/blocked", { token, json: { ip: OTHER_IP } });
  for (let i = 0; i < 40; i++) await app.fetch("/login", { peer: OTHER_IP });
  app.clock.now += 1_000;
  const run = await app.fetch("/api/detect", { token, json: {} });
  assertEquals(run.status, 200, await run.text());
  const found = await app.fetch("/api/suspicious", { token });
  const { items } = await found.json();
  assertEquals(
    items.filter((item: { ip_address: string }) =>
      item.ip_address === OTHER_IP
    ),
    [],
  );
});

Deno.test("block-ip prints whom it hits before it writes, and asks nobody without a terminal", async () => {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  const env = { KV_PATH: kvPath };
  try {
    const log = `${folder}/log.json`;
    const at = new Date(Date.now() - 60_000).toISOString();
    const line = (username: string | null, path: string) =>
      JSON.stringify({
        timestamp: at,
        ip_address: OTHER_IP,
        method: "GET",
        path,
        status: 200,
        username,
      });
    await Deno.writeTextFile(
      log,
      [line("ann", "/x"), line("bob", "/\u001b[2J"), line(null, "/")].join(
        "\n",
      ),
    );
    const imported = await runTask(
      "import-log",
      [log, "--format", "json"],
      { env },
    );
    assertEquals(imported.code, 0, imported.stderr);
    const { code, stdout } = await runTask("block-ip", [OTHER_IP], { env });
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^In the last 7 days: 3 requests, 2 signed-in users \(ann, bob\)\.\n.*most requested.*\nBlocked 203\.0\.113\.9 until unblocked\.\n$/,
    );
    assert(!stdout.includes("\u001b"), "terminal output is inert");
    const undone = await runTask("unblock-ip", [OTHER_IP], { env });
    assertEquals(undone.code, 0, undone.stderr);
    for (const typo of ["203.0.113", "203.0.113.9O", "203.0.113.0/33"]) {
      const { code, stdout, stderr } = await runTask("block-ip", [typo], {
        env,
      });
      assertEquals([code, stdout], [2, ""]);
      assertStringIncludes(stderr, typo);
    }
    const refused = await runTask("block-ip", ["127.0.0.0/8"], { env });
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "loopback");
    const list = await runTask("list-blocked", ["--json"], { env });
    assertEquals(JSON.parse(list.stdout), [], "nothing was written");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
