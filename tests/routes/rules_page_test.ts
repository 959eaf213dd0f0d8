import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { listAudit } from "../../lib/store/audit.ts";
import { readRuleSettings } from "../../lib/detection/rule_settings.ts";
import { startApp } from "../_app.ts";

const scan = (app: Awaited<ReturnType<typeof startApp>>, peer: string) =>
  Promise.all(
    Array.from(
      { length: 30 },
      (_, n) => app.fetch(`/${"abcdefghijklmnopqrstuvwxyzäöüé"[n]}`, { peer }),
    ),
  );

Deno.test("rules page: every rule is listed, only for admins", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const text = await (await app.fetch("/admin/rules", { cookie })).text();
  for (const { name } of (await app.services.jobOptions()).rules) {
    assertStringIncludes(text, `id="${name}"`);
  }
  const user = await app.signIn("ann");
  const refused = await app.fetch("/admin/rules", { cookie: user.cookie });
  assertEquals(refused.status, 403);
});

Deno.test("rules page: numbers can be changed within bounds, and are set back", async () => {
  await using app = await startApp();
  const { kv } = app.services;
  const { cookie } = await app.signIn("root", "admin");
  const post = (form: Record<string, string>) =>
    app.fetch("/admin/rules", { cookie, form });
  const rule = "path_scanning";
  const set = { action: "set", rule, armed: "1" };
  const saved = await post({ ...set, threshold: "50", window: "30m" });
  assertEquals(saved.status, 303);
  assertEquals((await readRuleSettings(kv))[rule], {
    threshold: 50,
    windowMs: 1_800_000,
  });
  const running = (await app.services.jobOptions()).rules
    .find(({ name }) => name === rule)!;
  assertEquals([running.threshold, running.windowMs], [50, 1_800_000]);

  const wrong: Record<string, string>[] = [
    { threshold: "-1" },
    { threshold: "many" },
    { threshold: "1e9" },
    { threshold: "999999999" },
    { window: "8d" },
    { window: "0m" },
    { window: "soon" },
  ];
  for (const bad of wrong) {
    const refused = await post({ ...set, ...bad });
    assertEquals(refused.status, 422, JSON.stringify(bad));
    assertStringIncludes(await refused.text(), "Cannot");
  }
  assertEquals((await post({ ...set, rule: "constructor" })).status, 400);
  // Its window of an hour is part of its meaning.
  const hour = await post({ ...set, rule: "high_volume", window: "30m" });
  assertEquals(hour.status, 422);

  await post({ action: "reset", rule });
  assertEquals((await readRuleSettings(kv))[rule], {});
  const { items } = await listAudit(kv, { limit: 9, now: app.clock.now });
  assertEquals(items.map(({ who, what, target }) => [who, what, target]), [
    ["root", "change_rule", rule],
    ["root", "change_rule", rule],
  ]);
});

Deno.test("rules page: a rule that is not armed finds nothing, but can be rehearsed", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  await scan(app, "203.0.113.77");
  app.clock.now += 1_000;
  const form = { action: "set", rule: "path_scanning" };
  await app.fetch("/admin/rules", { cookie, form });
  const { findings } = await app.services.detect({});
  const names = findings.map(({ rule }) => rule);
  assertEquals(names.includes("path_scanning"), false);

  const url = "/admin/rules?rehearse=path_scanning&since=1h&threshold=";
  const text = await (await app.fetch(`${url}20`, { cookie })).text();
  assertStringIncludes(text, "203.0.113.77");
  assertStringIncludes(text, "Nothing was recorded");
  const strict = await (await app.fetch(`${url}40`, { cookie })).text();
  assertEquals(strict.includes("203.0.113.77"), false);
  const bad = await app.fetch("/admin/rules?rehearse=nono", { cookie });
  assertEquals(bad.status, 422);
});

Deno.test("audit page: an automatic block is shown with its rule, and undone once", async () => {
  await using app = await startApp({ env: { AUTO_BLOCK: "on" } });
  const { cookie } = await app.signIn("root", "admin");
  const peer = "203.0.113.88";
  for (let n = 0; n < 12; n++) {
    await app.fetch(`/..%2f..%2f..%2fetc/passwd${n}`, { peer });
  }
  app.clock.now += 1_000;
  await app.services.detect({});
  assertEquals((await app.fetch("/", { peer })).status, 403);

  const shown = await (await app.fetch("/admin/audit", { cookie })).text();
  assertStringIncludes(shown, "auto:injection_probe");
  const { items: [entry] } = await listAudit(app.services.kv, {
    limit: 1,
    now: app.clock.now,
  });
  const form = { action: "undo", id: entry!.id, at: String(entry!.at) };
  app.clock.now += 1_000;
  const undone = await app.fetch("/admin/audit", { cookie, form });
  assertEquals(undone.headers.get("location"), "/admin/audit?done=undo");
  assertEquals((await app.fetch("/", { peer })).status, 200);
  const again = await app.fetch("/admin/audit", { cookie, form });
  assertEquals(again.headers.get("location"), "/admin/audit?done=gone");

  app.clock.now += 1_000;
  await app.services.detect({});
  assertEquals((await app.fetch("/", { peer })).status, 200);
  const bad = await app.fetch("/admin/audit", { cookie, form: { id: "x" } });
  assertEquals(bad.status, 400);
});

Deno.test("suspicious page: with AUTO_BLOCK=suggest a block waits for a click", async () => {
  await using app = await startApp({ env: { AUTO_BLOCK: "suggest" } });
  const { cookie } = await app.signIn("root", "admin");
  const peer = "203.0.113.89";
  for (let n = 0; n < 12; n++) {
    await app.fetch(`/..%2f..%2f..%2fetc/passwd${n}`, { peer });
  }
  app.clock.now += 1_000;
  await app.services.detect({});
  assertEquals((await app.fetch("/", { peer })).status, 200);
  const text = await (await app.fetch("/admin/suspicious", { cookie })).text();
  assertStringIncludes(text, "Suggested blocks");
  assertStringIncludes(text, `Block ${peer} for 1 h`);
});

Deno.test("rules page: what was rehearsed is applied with one click, the volume's threshold, too, and undone", async () => {
  await using app = await startApp();
  const { cookie } = await app.signIn("root", "admin");
  const url = "/admin/rules?rehearse=high_volume&since=1h&threshold=7";
  const text = await (await app.fetch(url, { cookie })).text();
  assertStringIncludes(text, "Apply: more than 7");
  // The form keeps the rehearsed number, for another rehearsal.
  assertMatch(text, /id="set-threshold-high_volume"[^>]* value="7"/);
  const form = {
    ...{ action: "set", rule: "high_volume" },
    ...{ threshold: "7", window: "", armed: "1" },
  };
  const done = await app.fetch("/admin/rules", { cookie, form });
  assertEquals(done.status, 303);
  const thresholdOf = async () =>
    (await app.services.jobOptions()).rules.find(({ name }) =>
      name === "high_volume"
    )!.threshold;
  assertEquals(await thresholdOf(), 7);
  const [, at, id] = /undo=(\d+)\.([\da-f-]+)/.exec(
    done.headers.get("location")!,
  )!;
  const undone = await app.fetch("/admin/audit", {
    cookie,
    form: { action: "undo", at: at!, id: id!, back: "/admin/rules" },
  });
  assertEquals(undone.headers.get("location"), "/admin/rules?done=undo");
  assertEquals(await thresholdOf(), 100);
});

Deno.test("rules page: a number that a variable sets is locked, and says by which", async () => {
  await using app = await startApp({
    env: { SUSPICIOUS_REQUEST_THRESHOLD: "50" },
  });
  const { cookie } = await app.signIn("root", "admin");
  const text = await (await app.fetch("/admin/rules", { cookie })).text();
  assertStringIncludes(text, "SUSPICIOUS_REQUEST_THRESHOLD");
  assertEquals(text.includes('id="set-threshold-high_volume"'), false);
  const form = {
    action: "set",
    rule: "high_volume",
    threshold: "5",
    armed: "1",
  };
  const refused = await app.fetch("/admin/rules", { cookie, form });
  assertEquals(refused.status, 422);
});
