import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startApp } from "../_app.ts";
import { listAudit } from "../../lib/store/audit.ts";
import { assertProblem, json, record, store } from "./_api.ts";

const PHP = { name: "php", refuse: true, when: { path: "*.php" } };

Deno.test("PUT /api/policy: holds at once, is audited, and its errors have places", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const put = (rules: unknown) =>
    app.fetch("/api/policy", { method: "PUT", token, json: { rules } });
  assertEquals((await json(await put([PHP]))).rules, [PHP]);
  assertEquals((await app.fetch("/x.php")).status, 403);
  const response = await put([PHP, { ...PHP, when: { pth: 1 } }]);
  assertEquals(response.status, 422);
  const problem = await response.json();
  assertEquals(problem.errors[0], {
    path: "rules[1].when",
    line: null,
    column: null,
    message: 'unknown word "pth": did you mean "path"?',
  });
  const shown = await json(await app.fetch("/api/policy", { token }));
  assertEquals(shown.rules, [PHP]);
  assert(shown.fixed.some(({ name }: { name: string }) => name === "signup"));
  const { kv, now } = app.services;
  const { items } = await listAudit(kv, { limit: 10, now: now() });
  const [entry] = items.filter(({ what }) => what === "apply_policy");
  assertEquals([entry!.who, entry!.why, entry!.policy], [
    "root",
    "+php",
    { version: 0, made: 1 },
  ]);
});

Deno.test("a change of the policy is undone from the audit trail, once", async () => {
  await using app = await startApp();
  const { token, cookie } = await app.signIn("root", "admin");
  const put = (rules: unknown) =>
    app.fetch("/api/policy", { method: "PUT", token, json: { rules } });
  await put([PHP]);
  app.clock.now += 1_000;
  await put([]);
  assertEquals((await app.fetch("/x.php")).status, 404);
  const { kv, now } = app.services;
  const { items } = await listAudit(kv, { limit: 10, now: now() });
  const entry = items.find(({ policy }) => policy?.made === 2)!;
  const page = await (await app.fetch("/admin/audit", { cookie })).text();
  assertStringIncludes(page, "Undo the change of the policy");
  const undo = () =>
    app.fetch("/admin/audit", {
      cookie,
      form: { action: "undo", at: `${entry.at}`, id: entry.id },
    });
  const ended = async () => (await undo()).headers.get("location") ?? "";
  assertStringIncludes(await ended(), "done=undo");
  assertEquals((await app.fetch("/x.php")).status, 403);
  assertStringIncludes(await ended(), "done=gone");
});

Deno.test("a policy's file holds: the API says so and refuses changes", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, JSON.stringify({ rules: [PHP] }));
  try {
    await using app = await startApp({ env: { POLICY_FILE: file } });
    const { token } = await app.signIn("root", "admin");
    assertEquals((await app.fetch("/x.php")).status, 403);
    const refused = await app.fetch("/api/policy", {
      method: "PUT",
      token,
      json: { rules: [] },
    });
    assertStringIncludes(await assertProblem(refused, 409), file);
    const { rules } = await json(await app.fetch("/api/policy", { token }));
    assertEquals(rules, [PHP]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("POST /api/policy/rehearse: says what rules would have done, and does nothing", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const begin = app.clock.now - 3_600_000;
  await store(
    app,
    Array.from({ length: 30 }, (_, n) =>
      record({
        timestamp: begin + n * 1_000,
        ip_address: n < 20 ? "203.0.113.9" : "198.51.100.7",
        path: n % 2 ? "/x.php" : "/",
        status: n % 2 ? 404 : 200,
        username: n === 21 ? "root" : null,
      })),
  );
  const rehearse = (rules: unknown[]) =>
    app.fetch("/api/policy/rehearse", { token, json: { rules, since: "2h" } });
  const result = await json(
    await rehearse([
      PHP,
      { name: "slow", limit: "5/m", when: { not: { path: "*.php" } } },
      { name: "keys", limit: "5/m", by: "header:x-api-key" },
      {
        name: "again",
        block: "1m",
        after: "2 in 1m",
        when: { path: "*.php", status: 403 },
      },
    ]),
  );
  const rules = Object.fromEntries(
    result.rules.map((rule: { name: string }) => [rule.name, rule]),
  );
  // Two are refused, then the address is blocked.
  assertEquals(rules.php.requests, 4);
  assertEquals(rules.php.users, 1);
  assertEquals(rules.php.includes_you, true);
  assertEquals(rules.again.requests, 16 + 6);
  assertEquals(rules.again.top[0], {
    ip_address: "203.0.113.9",
    requests: 16,
  });
  assertEquals(rules.slow.requests, 0);
  assertEquals(rules.keys.unknown, ["header:x-api-key"]);
  assertEquals((await app.fetch("/x.php")).status, 404);
  for (const since of ["2026-02-30", "tomorrow", "2099-01-01"]) {
    const wrong = await app.fetch("/api/policy/rehearse", {
      token,
      json: { rules: [], since },
    });
    await assertProblem(wrong, 422);
  }
});

Deno.test("/api/limits: shows what stands against an address and lifts it", async () => {
  await using app = await startApp({ env: { SIGNUP_RATE: "1/h" } });
  const { token } = await app.signIn("root", "admin");
  const rules = [
    { name: "search", limit: "1/h", when: { path: "/search" } },
    { name: "exact", limit: "1/h", exact: true, when: { path: "/exact" } },
    { name: "net", limit: "1/h", by: "network", when: { path: "/net" } },
  ];
  await app.fetch("/api/policy", { method: "PUT", token, json: { rules } });
  const peer = "203.0.113.9";
  const spend = async (from = peer) => {
    const statuses: number[] = [];
    for (const path of ["/search", "/exact", "/net"]) {
      await app.fetch(path, { peer: from });
      statuses.push((await app.fetch(path, { peer: from })).status);
    }
    return statuses;
  };
  assertEquals(await spend(), [429, 429, 429]);
  await spend("198.51.100.200");
  for (const username of ["ann", "bob"]) {
    await app.fetch("/api/signup", {
      peer,
      json: { username, password: "a pass phrase of theirs" },
    });
  }
  const against = async (subject: string) => {
    const path = `/api/limits?subject=${encodeURIComponent(subject)}`;
    const { items } = await json(await app.fetch(path, { token }));
    return items.map(({ rule }: { rule: string }) => rule).sort();
  };
  assertEquals(await against(peer), ["exact", "net", "search", "signup"]);
  assertEquals(await against("203.0.113.0/24"), [
    "exact",
    "net",
    "search",
    "signup",
  ]);
  assertEquals(await against("rule:search"), ["search", "search"]);
  assertEquals(await against("192.0.2.1"), []);
  const lift = (subject: string) =>
    app.fetch(`/api/limits/${encodeURIComponent(subject)}`, {
      method: "DELETE",
      token,
    });
  assertEquals((await lift(peer)).status, 204);
  assertEquals(await against(peer), []);
  await assertProblem(await lift(peer), 404);
  await assertProblem(await lift("nobody-at-all"), 404);
  for (const path of ["/search", "/exact", "/net"]) {
    assertEquals((await app.fetch(path, { peer })).status, 404, path);
  }
  assertEquals(await against("198.51.100.200"), ["exact", "net", "search"]);
});

Deno.test("/api/limits: lifts by key and by user", async () => {
  await using app = await startApp();
  const { token } = await app.signIn("root", "admin");
  const { token: anns } = await app.signIn("ann");
  const rules = [
    { name: "keys", limit: "1/h", by: "header:x-api-key" },
    { name: "mine", limit: "1/h", by: "user", when: { path: "/profile" } },
  ];
  await app.fetch("/api/policy", { method: "PUT", token, json: { rules } });
  const byKey = () => app.fetch("/", { headers: { "x-api-key": "s3cret" } });
  const byUser = () => app.fetch("/profile", { token: anns });
  for (const ask of [byKey, byUser]) {
    await ask();
    assertEquals((await ask()).status, 429);
  }
  const all = await (await app.fetch("/api/limits", { token })).text();
  assert(!all.includes("s3cret"));
  for (const subject of ["key:s3cret", "ann"]) {
    const { status } = await app.fetch(`/api/limits/${subject}`, {
      method: "DELETE",
      token,
    });
    assertEquals(status, 204, subject);
  }
  assertEquals((await byKey()).status, 200);
  assertEquals((await byUser()).status, 200);
});
